// SPDX-License-Identifier: Apache-2.0

//go:build ignore

// Writes regex_tables.c: Unicode's general categories with their aliases, scripts and simple case
// folding, from the data that Go carries.  Run by hand when a newer Unicode is wanted:
//
//	go run regex_tables.go > regex_tables.c
package main

import (
	"bufio"
	"fmt"
	"os"
	"sort"
	"strings"
	"unicode"
)

type span struct{ low, high rune }

type named struct {
	name         string
	start, count int
}

var (
	spans []span
	names []named
)

// Names are looked up without regard to case, spaces, '-' and '_'.
func canonical(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(name))
}

func add(name string, in func(rune) bool) {
	start := len(spans)
	for c := rune(0); c <= unicode.MaxRune; c++ {
		if !in(c) {
			continue
		}
		if len(spans) > start && spans[len(spans)-1].high == c-1 {
			spans[len(spans)-1].high = c
		} else {
			spans = append(spans, span{c, c})
		}
	}
	names = append(names, named{canonical(name), start, len(spans) - start})
}

func sortedKeys(tables map[string]*unicode.RangeTable) []string {
	var keys []string
	for k := range tables {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

func addTables(tables map[string]*unicode.RangeTable) {
	for _, k := range sortedKeys(tables) {
		add(k, func(c rune) bool { return unicode.Is(tables[k], c) })
	}
}

func addAliases() {
	for alias, name := range unicode.CategoryAliases {
		for _, n := range names {
			if n.name == canonical(name) && canonical(alias) != n.name {
				names = append(names, named{canonical(alias), n.start, n.count})
				break
			}
		}
	}
}

func writeSpans(out *bufio.Writer, name string, list []span) {
	fmt.Fprintf(out, "const mp__regex_range %s[] = {", name)
	for i, s := range list {
		if i%6 == 0 {
			fmt.Fprintf(out, "\n   ")
		}
		fmt.Fprintf(out, " {0x%X,0x%X},", s.low, s.high)
	}
	fmt.Fprintf(out, "\n};\n")
}

func main() {
	add("Any", func(c rune) bool { return true })
	add("Ascii", func(c rune) bool { return c < 0x80 })
	add("Assigned", func(c rune) bool { return !unicode.Is(unicode.Cn, c) })
	addTables(unicode.Categories)
	addAliases()
	addTables(unicode.Scripts)
	sort.Slice(names, func(a, b int) bool { return names[a].name < names[b].name })

	var folds []span
	for c := rune(0); c <= unicode.MaxRune; c++ {
		if next := unicode.SimpleFold(c); next != c {
			folds = append(folds, span{c, next})
		}
	}

	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	fmt.Fprintf(out, "/* SPDX-License-Identifier: Apache-2.0 */\n")
	fmt.Fprintf(out, "/*\n * Made by regex_tables.go from Unicode %s.  Do not edit.\n */\n", unicode.Version)
	fmt.Fprintf(out, "#include \"regex_tables.h\"\n\n/* clang-format off */\n")
	writeSpans(out, "mp__regex_ranges", spans)
	fmt.Fprintf(out, "\nconst mp__regex_named mp__regex_named_classes[] = {\n")
	for _, n := range names {
		fmt.Fprintf(out, "    {\"%s\", %d, %d},\n", n.name, n.start, n.count)
	}
	fmt.Fprintf(out, "};\nconst size_t mp__regex_named_count =\n"+
		"    sizeof mp__regex_named_classes / sizeof *mp__regex_named_classes;\n\n")
	writeSpans(out, "mp__regex_folds", folds)
	fmt.Fprintf(out, "const size_t mp__regex_fold_count = sizeof mp__regex_folds / sizeof *mp__regex_folds;\n")
}
