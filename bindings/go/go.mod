module github.com/modelplaneai/libmodelplane/bindings/go

go 1.19
