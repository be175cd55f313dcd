module github.com/modelplaneai/libmodelplane/examples/go-plan

go 1.19

require (
	github.com/modelplaneai/libmodelplane/bindings/go v0.0.0
	gopkg.in/yaml.v3 v3.0.1
)

replace github.com/modelplaneai/libmodelplane/bindings/go => ../../bindings/go
