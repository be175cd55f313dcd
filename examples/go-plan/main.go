// SPDX-License-Identifier: Apache-2.0

// Command go-plan reads YAML files, and folders of them, and prints what goes where.
//
//	go run . ../fleet
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	modelplane "github.com/modelplaneai/libmodelplane/bindings/go"
	"gopkg.in/yaml.v3"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "go-plan:", err)
		os.Exit(1)
	}
}

// readFile adds the documents of a file to the list.
func readFile(path string, documents *[]any) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	for decoder := yaml.NewDecoder(file); ; {
		var document any
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if document != nil {
			*documents = append(*documents, document)
		}
	}
}

func readAll(paths []string) ([]any, error) {
	var documents []any
	for _, path := range paths {
		files := []string{path}
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			files, _ = filepath.Glob(filepath.Join(path, "*.yaml"))
		}
		for _, file := range files {
			if err := readFile(file, &documents); err != nil {
				return nil, err
			}
		}
	}
	return documents, nil
}

// pools of all engines of a placement.
func pools(placement modelplane.Object) string {
	var names []string
	for e := placement.Get("engines").First(); e.Exists(); e = e.Next() {
		for m := e.Get("members").First(); m.Exists(); m = m.Next() {
			name := e.Get("name").Str() + ":" + m.Get("pool").Str()
			if len(names) == 0 || names[len(names)-1] != name {
				names = append(names, name)
			}
		}
	}
	return strings.Join(names, " ")
}

func run(paths []string, to io.Writer) error {
	documents, err := readAll(paths)
	if err != nil {
		return err
	}
	doc, err := modelplane.NewDoc(documents)
	if err != nil {
		return err
	}
	defer doc.Close()
	result, err := modelplane.Reconcile(doc.Root(), &modelplane.ReconcileOptions{AssumeReady: true})
	if err != nil {
		return err
	}
	defer result.Close()

	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "DEPLOYMENT\tREPLICA\tCLUSTER\tPOOLS")
	for plan := result.Root().Get("plans").First(); plan.Exists(); plan = plan.Next() {
		name := plan.Get("namespace").Str() + "/" + plan.Get("name").Str()
		for p := plan.Get("placements").First(); p.Exists(); p = p.Next() {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", name, p.Get("replica").Str(), p.Get("cluster").Str(), pools(p))
		}
		if verdict := plan.Get("verdict").Str(); verdict != "placed" {
			fmt.Fprintf(table, "%s\t%s\t\t\n", name, verdict)
		}
	}
	for e := result.Root().Get("errors").First(); e.Exists(); e = e.Next() {
		fmt.Fprintf(table, "%s %s\t%s\t\t\n", e.Get("kind").Str(), e.Get("metadata", "name").Str(), e.Get("message").Str())
	}
	return table.Flush()
}
