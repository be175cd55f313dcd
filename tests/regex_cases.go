// SPDX-License-Identifier: Apache-2.0

//go:build ignore

// Writes expectations of Go's regexp package for tests/regex_cases.c:
//
//	go run regex_cases.go > data/regex_cases.txt
//	go run regex_cases.go -seed 7 -random 100000 -only > /tmp/more.txt && ./regex_cases /tmp/more.txt
//
// A line is one of
//
//	pattern "..."           that compiles; the texts after it are searched for it
//	refused "..."           a pattern that does not
//	text "..." BEGIN END    leftmost-first match by byte offsets, or "text "..." none"
//	after START BEGIN END   the next match of the same text, where the one before ended at START,
//	                        or "none"; an empty match at START does not count
//
// and between the quotes are printable ASCII and \xHH.
// Go 1.26 refuses script names that hold '_', which releases before it and RE2 accept: none is here.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"regexp"
	"strings"
)

var out = bufio.NewWriter(os.Stdout)

func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			fmt.Fprintf(&b, "\\x%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func span(s []int) string {
	if s == nil {
		return "none"
	}
	return fmt.Sprintf("%d %d", s[0], s[1])
}

func emit(pattern string, texts ...string) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		fmt.Fprintf(out, "refused %s\n", quote(pattern))
		return
	}
	fmt.Fprintf(out, "pattern %s\n", quote(pattern))
	for _, t := range texts {
		first := re.FindStringIndex(t)
		fmt.Fprintf(out, "text %s %s\n", quote(t), span(first))
		if all := re.FindAllStringIndex(t, 2); first != nil && first[1] > first[0] {
			fmt.Fprintf(out, "after %d %s\n", first[1], span(append(all, nil)[1]))
		}
	}
}

// By hand: every form of the syntax and every reason to refuse.  Texts are after the pattern.
var byHand = [][]string{
	{``, ``, `a`}, {`a`, ``, `a`, `ba`, `b`}, {`.`, "\n", "a", "\xff", "é", "\n\U0001F600"},
	{`(?s).`, "\n", "a"}, {`abc|ab`, `abc`, `ab`}, {`ab|abc`, `abc`}, {`(a|ab)(c|bcd)`, `abcd`},
	{`(a+|b)*`, `aab`, `c`}, {`(a*)*b`, `aaab`, `aaa`}, {`(a*)+`, `aa`, `b`}, {`(a|b*)*`, `abba`, `c`},
	{`(|a)*`, `aa`}, {`(|a)+`, `aa`}, {`(a|)*`, `aa`}, {`(|a){2}`, `aa`}, {`(?:a*?)*`, `aa`}, {`(?:a??)+b`, `aab`},
	{`a*?`, `aaa`}, {`a+?`, `aaa`}, {`a??`, `a`}, {`a{2}`, `aaa`}, {`a{2,}`, `aaaa`, `a`}, {`a{2,3}`, `aaaa`},
	{`a{2,3}?`, `aaaa`}, {`a{2,}?`, `aaaa`}, {`a{0}`, `a`}, {`a{0,0}b`, `ab`}, {`a{0,1}`, `a`}, {`a{1000}`}, {`a{1001}`}, {`a{,2}`, `a{,2}`},
	{`a{`, `a{`}, {`a{1`, `a{1`}, {`a{1,`, `a{1,`}, {`a{x}`, `a{x}`}, {`a{1,2`, `a{1,2`}, {`{`, `{`}, {`{1}`, `{1}`}, {`}`, `}`}, {`]`, `]`},
	{`a{01}`, `a{01}`}, {`a{1, 2}`, `a{1, 2}`}, {`a{2,1}`}, {`a{1,1001}`}, {`a{99999999999}`}, {`a{0,1000}`, `a`},
	{`(?:a{1000}){1}`}, {`(?:a{1000}){2}`}, {`(?:a{10}){100}`}, {`(?:a{10}){101}`}, {`(?:a{0,10}){0,101}`}, {`(((a{1,100}){1,100}){1,100})`},
	{`(?:(?:a{10}){10}){10}`}, {`(?:(?:a{10}b{2}){10}){11}`}, {`(?:a{2,}){500}`}, {`(?:a{2,}){501}`}, {`(?:a*){1000}`, `aa`}, {`(?:a{0}){1000}`, `a`}, {`((a{100}){10}){1}`}, {`(?:(?:a{1,1}){1000}){1}`},
	{`(?:(?:x{1000}){1}){1}`}, {`(?:x{1000}|y){1,1}`}, {`(?:x{1000}|y)*`}, {`(?:x{501}){0,2}`},
	{`**`}, {`a**`}, {`a*+`}, {`a++`}, {`a?+`}, {`a*??`}, {`a{1}{2}`}, {`a{1}*`}, {`a*{2}`}, {`a+?*`}, {`(a*)*`, `a`}, {`(?:a*)+`, `a`}, {`a???`}, {`a{2}+`}, {`a{2}??`},
	{`*`}, {`+`}, {`?`}, {`|*`}, {`(*)`}, {`(+a)`}, {`a|*`}, {`^*`, `a`}, {`$*`, `a`}, {`\b*`, `a`}, {`\b+`, `a`, ``}, {`^+a`, `a`, `ba`}, {`(?i)*`}, {`(?i)(*)`}, {`a(?i)*`, `aa`}, {`a(?i)+`, `aa`}, {`(?:)*`, `a`}, {`()*`, `a`}, {`(?:)+?`, `a`},
	{`a|(?i)*`}, {`(a(?i)?)`, `a`}, {`(?i){2}`}, {`a(?i){2}`, `aa`}, {`a*(?i)*`, `aa`}, {`a*(?i)*?`, `aa`},
	{`(`}, {`)`}, {`(a`}, {`a)`}, {`(a))`}, {`(()`}, {`((a)`}, {`()`, `x`}, {`(?`}, {`(?:`}, {`(?:a`}, {`(?i`}, {`(?i:`}, {`(?i:a`}, {`(?)`, `a`}, {`(?-)`}, {`(?i-)`}, {`(?-i)a`, `a`}, {`(?--i)`}, {`(?i-s:a)`, `A`}, {`(?ii)a`, `A`}, {`(?i-i)a`, `A`},
	{`(?z)`}, {`(?z:a)`}, {`(?imsU)a`, `A`}, {`(?imsU-imsU:a)`, `A`}, {`(?i-)a`}, {`(?-:a)`}, {`(?::a)`}, {`(?:-i)`, `-i`}, {`(?P)`}, {`(?P<`}, {`(?P<n`}, {`(?P<n>`}, {`(?P<n>a)`, `a`}, {`(?<n>a)`, `a`}, {`(?P<>a)`}, {`(?<>a)`}, {`(?P<n>a)(?P<n>b)`}, {`(?<n>a)(?P<n>b)`}, {`(?P<1a>a)`, `a`}, {`(?P<a-b>a)`}, {`(?P<é>a)`}, {`(?P<_>a)`, `a`}, {`(?P=n)`}, {`(?P>n)`}, {`(?P<n>`}, {`(?P<n>(?P<m>a))`, `a`}, {`(?P<x y>a)`}, {`(?'n'a)`},
	{`(?=a)`}, {`(?!a)`}, {`(?<=a)`}, {`(?<!a)`}, {`(?>a)`}, {`(?#c)`}, {`(?|a)`}, {`(?R)`}, {`(?1)`}, {`\1`}, {`(a)\1`}, {`\8`}, {`\9`}, {`\0`, "\x00"}, {`\01`, "\x01"}, {`\07`, "\x07"}, {`\08`, "\x008"}, {`\12`, "\n"}, {`\123`, `S`}, {`\1234`, `S4`}, {`\777`, "\u01ff"}, {`\18`}, {`\77`, `?`}, {`[\1]`}, {`[\12]`, "\n"}, {`[\0]`, "\x00"},
	{`\`}, {`a\`}, {`[\`}, {`[a\`}, {`\a\f\n\r\t\v`, "\a\f\n\r\t\v"}, {`\e`}, {`\c`}, {`\g`}, {`\h`}, {`\i`}, {`\j`}, {`\k`}, {`\l`}, {`\m`}, {`\o`}, {`\q`}, {`\u`}, {`\u0041`}, {`\y`}, {`\E`, ``, `E`}, {`\F`}, {`\G`}, {`\H`}, {`\K`}, {`\L`}, {`\N`}, {`\R`}, {`\U`}, {`\V`}, {`\X`}, {`\Y`}, {`\Z`}, {`\C`}, {`[\C]`}, {`\_`}, {`\-`, `-`}, {`\ `, ` `}, {`\é`}, {`\<`, `<`}, {`\/`, `/`}, {`\"`, `"`}, {"\\\n", "\n"},
	{`\x`}, {`\x4`}, {`\x41`, `A`}, {`\x4g`}, {`\xg`}, {`\x{`}, {`\x{}`}, {`\x{4`}, {`\x{41}`, `A`}, {`\x{041}`, `A`}, {`\x{0000000041}`, `A`}, {`\x{10FFFF}`, "\U0010FFFF"}, {`\x{110000}`}, {`\x{g}`}, {`\x{41`, `A`}, {`\x{4 1}`}, {`\xFF`, "\u00ff", "\xff"}, {`\x{D800}`, "\xed\xa0\x80"}, {`\x{FFFD}`, "\xff", "\ufffd"}, {"\ufffd", "a\xff"}, {`[\x{41}-\x5a]+`, `xABCx`},
	{`\A`, `a`}, {`\Aa`, `a`, `ba`}, {`a\z`, `a`, `ab`, "a\n"}, {`\z`, `abc`}, {`^`, `abc`}, {`$`, `abc`, "abc\n"}, {`^a$`, `a`, "a\n", "b\na"}, {`(?m)^a$`, "b\na\nc", "a\r\n"}, {`(?m)^`, "a\nb"}, {`(?m)$`, "a\nb"}, {`(?m)\Aa`, "b\na"}, {`(?m)a\z`, "a\nb"}, {`(?m)^$`, "a\n\nb", "\n", ``}, {`(?-m)$`, "a\n"}, {`[\A]`}, {`[\z]`}, {`[\b]`}, {`[\B]`}, {`[\Q]`}, {`[\Qa\E]`},
	{`\b`, `a`, ` a`, ``, `é`}, {`\B`, `a`, ``, `ab`, `é`}, {`\bfoo\b`, `a foo b`, `afoo`, `foo_`, `foo-`, `éfooé`}, {`\Bo`, `foo`, `o`}, {`\b\B`, `a`}, {`\b\b`, `a`},
	{`\Qa.b\E`, `a.b`, `axb`}, {`\Qa.b`, `a.b`}, {`\Q\E`, `a`}, {`\Qab\E+`, `abb`, `abab`}, {`\Q\E*`}, {`a\Q\E*`, `aa`}, {`\Qa\\Eb`, `a\b`}, {`\Q(`, `(`}, {`\Q\n\E`, `\n`}, {`\Qa\Q\E`, `a\Q`}, {`(\Qa)\E`}, {`(?i)\Qa\E`, `A`}, {`\Q`, ``}, {`\Q\`, `\`}, {`\Qé*\E`, `é*`}, {`a\Q*\E*`, `a***`}, {`\Q*\E{2}`, `**`},
	{`[`}, {`[]`}, {`[]]`, `]`}, {`[^]`}, {`[^]]`, `]`, `a`}, {`[]a]`, `a`, `]`}, {`[a`}, {`[^`}, {`[a-`}, {`[a-]`, `-`, `a`}, {`[-a]`, `-`}, {`[^-a]`, `-`, `b`}, {`[a-b-c]`}, {`[a-c-e]`}, {`[a-c-]`, `-`}, {`[--a]`, `.`}, {`[a--]`}, {`[---]`, `-`}, {`[--]`, `-`}, {`[-]`, `-`}, {`[b-a]`}, {`[a-a]`, `a`}, {`[z-A]`}, {`[[]`, `[`}, {`[[a]`, `[`}, {`[[a]]`, `a]`}, {`[a-\d]`}, {`[\d-z]`}, {`[\d-]`, `-`}, {`[\d\-z]`, `-`, `5`}, {`[\w-a]`}, {`[a\]b]`, `]`}, {`[\[]`, `[`}, {`[\^]`, `^`}, {`[a^]`, `^`}, {`[^^]`, `^`, `a`}, {`[\x{4e00}-\x{9fff}]+`, `a漢字`}, {`[é-ü]`, `ö`, `o`}, {`[\-\]]+`, `-]`}, {`[.]`, `.`, `a`}, {`[$]`, `$`}, {`[|]`, `|`}, {`[(]`, `(`}, {`[a&&b]`, `&`}, {`[^\n]`, "\n", `a`}, {`[^a]`, "\n", "\xff"}, {`[^\x00-\x{10FFFF}]`, `a`}, {`[^\x00-\x{10FFFF}]|b`, `ab`}, {`a[^\x00-\x{10FFFF}]*b`, `ab`},
	{`[[:alpha:]]`, `a`, `1`}, {`[[:^alpha:]]`, `a`, `1`}, {`[[:word:]]+`, `-a_9-`}, {`[[:foo:]]`}, {`[[:alpha:]`}, {`[[:alpha`}, {`[:alpha:]`, `:`, `x`, `p`}, {`[[:Alpha:]]`}, {`[[:alpha:]-z]`}, {`[a-[:alpha:]]`}, {`[[.a.]]`, `.]`}, {`[[=a=]]`, `=]`}, {`[[:alpha:][:digit:]]+`, `a1`}, {`[^[:alpha:]]`, `a`, `1`}, {`[^[:^alpha:]]`, `a`, `1`}, {`[[:ascii:]]`, "\x00", "é"}, {`[[:cntrl:]]`, "\x00", "\x7f"}, {`[[:blank:]]`, "\v", "\t"}, {`[[:space:]]`, "\v"}, {`\s`, "\v", "\t"}, {`[[:punct:]]+`, "!/:@[`{~", `a`}, {`[[:graph:]]`, ` `, `~`}, {`[[:print:]]`, ` `, "\x7f"}, {`[[:xdigit:]]+`, `gfF09`}, {`[[:lower:]]`, `A`}, {`(?i)[[:lower:]]`, `A`, "ſ", "K"}, {`[[:upper:]]`, `a`, `A`}, {`(?i)[[:upper:]]`, `a`, "ſ"}, {`[[::]]`}, {`[[:]`, `:`}, {`[[:]]`, `:]`}, {`[[:a]`, `a`}, {`[:]`, `:`}, {`[[:^:]]`},
	{`\d+`, `a12b`, `٣`}, {`\D+`, `12ab`}, {`\w+`, `-aZ_9é`}, {`\W+`, `aé-`}, {`\S+`, " a\u00a0b"}, {`[\d\s]+`, `a1 2b`}, {`[^\d]+`, `1ab`}, {`[\D]`, `1`, `a`}, {`[^\D]`, `a1`}, {`[\D\d]`, "\n"}, {`(?i)\w`, "ſ", "K", "a"}, {`(?i)\W`, "ſ", "K", "a"}, {`(?i)[\w]`, "ſ"}, {`(?i)\d`, "1"},
	{`\pL`, `1a`, `é`}, {`\PL`, `1a`}, {`\p{L}+`, `1éß漢`}, {`\p{Lu}`, `aÉ`}, {`\p{^Lu}`, `Éa`}, {`\P{^Lu}`, `aÉ`}, {`\p{Greek}+`, `aαβγ`}, {`\P{Greek}`, `αa`}, {`\p{Any}`, "\n"}, {`\P{Any}`, "a"}, {`\p{^Any}`, "a"}, {`\p`}, {`\P`}, {`\p{`}, {`\p{}`}, {`\p{L`}, {`\p{greek}`}, {`\p{GREEK}`}, {`\p{lu}`}, {`\p{LU}`}, {`\pl`}, {`\pX`}, {`\p{Foo}`}, {`\p{Script=Greek}`}, {`\p{sc=Greek}`}, {`\p{IsGreek}`}, {`\p{^}`}, {`\p^L`}, {`\p{ L}`}, {`\p{L }`}, {`\pé`}, {`[\pN]`, `a1`}, {`[\PN]`, `1a`}, {`[^\pN]`, `1a`}, {`[^\PN]`, `a1`}, {`[\p{Greek}a]+`, `xaα`}, {`[\p{Lu}-z]`}, {`\pLu`, `au`}, {`\p{Letter}`}, {`\p{Uppercase_Letter}`}, {`\p{Latin}`, `é`}, {`\p{Han}`, `漢`}, {`\p{Common}`, `1`}, {`\p{Inherited}`, "\u0301"}, {`\p{Nko}`, "\u07c0"}, {`\p{Grek}`}, {`\p{Cn}`, "\u0378"}, {`\p{C}`, "\x00", "\u0378"}, {`\p{LC}`, `a`}, {`\p{Cs}`, `a`}, {`\p{Co}`, "\ue000"}, {`\p{Zs}`, ` `}, {`\pZ`, `a b`}, {`\pS`, `$`}, {`\pP`, `$!`}, {`\pM`, "e\u0301"}, {`\p{ASCII}`}, {`\p{Assigned}`}, {`\p{Alphabetic}`}, {`\p{White_Space}`}, {`\p{Zzzz}`}, {`\p{Unknown}`},
	{`(?i)k`, `K`, "K", `k`}, {`(?i)s`, `S`, "ſ"}, {`(?i)ſ`, `s`}, {`(?i)ß`, `ß`, `ẞ`, `ss`}, {`(?i)σ`, `ς`, `Σ`}, {`(?i)[a-z]+`, `ABCſK`}, {`(?i)[^a-z]`, `A`, `ſ`, `1`}, {`(?i)[^k]`, "K"}, {`(?i)é`, `É`}, {`(?i)ǆ`, `ǅ`, `Ǆ`}, {`(?i)µ`, `μ`, `Μ`}, {`(?i)θ`, "ϑ", "ϴ"}, {`(?i)Å`, "Å", `å`}, {`(?i)\x{1E9E}`, `ß`}, {`(?i)\x{10400}`, "\U00010428"}, {`(?i)ᏸ`, `Ᏸ`}, {`(?i)Ꭰ`, `ꭰ`}, {`(?i)\p{Lu}`, `a`, `É`, `ß`}, {`(?i)\p{Ll}`, `A`}, {`(?i)\PL`, `a`}, {`(?i)\p{Greek}`, `µ`}, {`(?i)\p{^Lu}`, `a`, `A`}, {`(?i)[\p{Lu}]`, `a`}, {`(?i)[^\p{Lu}]`, `a`, `1`}, {`(?i)İ`, `i`, `İ`}, {`(?i)ı`, `I`, `ı`}, {`(?i)I`, `ı`, `İ`, `i`}, {`(?i)1`, `1`}, {`(?i)[k]`, "K"}, {`(?i)[j-l]+`, "K"}, {`(?i)[\x{17f}]`, `s`}, {`(?i)a(?-i)b`, `Ab`, `AB`}, {`((?i)a)b`, `Ab`, `AB`}, {`(?i:a)b`, `Ab`, `AB`}, {`a(?i)b|c`, `aB`, `AB`, `C`}, {`(?i)(?-i:a)b`, `aB`, `AB`}, {`a(?:b(?i)c)d`, `abCd`, `abCD`},
	{`(?U)a+`, `aaa`}, {`(?U)a+?`, `aaa`}, {`(?U)a*`, `aaa`}, {`(?U)a{1,2}`, `aa`}, {`(?U)a{1,2}?`, `aa`}, {`(?U)(a|ab)(?-U:b*)`, `abb`}, {`(?U:a+)a`, `aaa`},
	{`h100`, `NVIDIA-h100-80`, `H100`}, {`^.*h100.*$`, `NVIDIA-h100-80`, "a\nh100", "h100\n", `H100`}, {`(?i)^.*h100.*$`, `NVIDIA H100 80GB`}, {`^NVIDIA.*$`, `NVIDIA A100`, `x NVIDIA`}, {`^h100$`, `h100`, `h1000`, `xh100`}, {`.*h100`, "x\nyh100h100z"}, {`h100.*`, "xh100\ny"}, {`(?s)^.*h100.*$`, "a\nh100\nb"}, {`(?m)^.*h100.*$`, "a\nxh100y\nb"}, {`(A100|H100|B200)`, `NVIDIA H100`}, {`^(A100|H100)$`, `H100`, `H100 `}, {`.*\.example\.com`, `gpu.example.com`, `gpu.example.org`}, {`[a-z]+-[0-9]+$`, `ab-12`, `ab-12x`}, {`^\d+\.\d+\.\d+$`, `535.104.5`, `535.104`}, {`.*?h100`, `h100h100`}, {`a.*a`, `abaca`}, {`a.*?a`, `abaca`}, {`.*`, `abc`, "a\nb", ``}, {`.*$`, "a\nb"}, {`^.*$`, "a\nb", `a`}, {`.+$`, "a\nb"}, {`^a.*b$`, `ab`, "a\nb", "aab\nb"}, {`^ab|cd`, `xcd`, `xab`}, {`(^a)`, `ba`}, {`(^a)*b`, `ab`, `bb`, `xb`}, {`(?:^|,)x`, `a,x`}, {`a^b`, `ab`}, {`a$b`, `ab`}, {`(?m)a$\nb`, "a\nb"}, {`a|^b`, `cb`}, {`x*`, `aax`}, {`x*$`, `aax`}, {`(?:x*|y)z`, `yz`},
	{`é+`, `aééb`}, {`.é`, "\xffé"}, {`é`, "\xc3", "\xc3\xa9"}, {`[^é]`, "\xc3"}, {`\xC3`, "\xc3", "Ã"}, {`..`, "\xc3a", "\xe2\x82", "€€"}, {`^.$`, "\xe2\x82", "€", "\xf4\x90\x80\x80", "\xc0\x80"}, {"\xff"}, {"[\xff]"}, {"a\xc3"}, {"\\\xff"}, {"\\Q\xff\\E"}, {"(?P<\xff>a)"}, {"[a-\xff]"}, {"\\p{\xff}"}, {"[[:\xff:]]"}, {"\x00", "a\x00"}, {"a\nb", "a\nb"}, {`a # c`, `a # c`}, {`(?x)a`},
}

func pick(r *rand.Rand, from ...string) string { return from[r.Intn(len(from))] }

var atoms = []string{"a", "a", "b", "b", "c", "ab", "abc", ".", ".", "x", "é", "漢", "_", "-", " ", "k", "s", "ſ", "[ab]",
	"[^a]", "[a-c]", "[^a-c]", "[^\\n]", `\d`, `\w`, `\W`, `\s`, `\S`, `\D`, `\b`, `\B`, "^", "$", `\A`, `\z`, `\pL`, `\PL`,
	`\p{Lu}`, `\p{Greek}`, `\p{^Ll}`, "[[:alpha:]]", "[[:^space:]]", `\x41`, `\x{e9}`, `\n`, `\Qa.b\E`, `\Q*\E`, "1", "A", "K", "[k-s]", "[^k]", `[\d_]`, `[^\w]`, "()", "(?:)", `\.`, `\x{FFFD}`}

func tree(r *rand.Rand, depth int) string {
	if depth == 0 {
		return atoms[r.Intn(len(atoms))]
	}
	switch r.Intn(9) {
	case 0, 1, 2:
		return tree(r, depth-1) + tree(r, depth-1)
	case 3:
		return tree(r, depth-1) + "|" + tree(r, depth-1)
	case 4:
		return "(?:" + tree(r, depth-1) + ")" + pick(r, "*", "+", "?", "*?", "+?", "??", "{2}", "{0,2}", "{1,}", "{1,3}?", "{0,}")
	case 5:
		return tree(r, 0) + pick(r, "*", "+", "?", "*?", "+?", "??", "{2}", "{0,2}", "{1,}", "{2,3}?", "{0}")
	case 6:
		return pick(r, "(", "(?i:", "(?s:", "(?m:", "(?U:", "(?-i:", "(?ms:", "(?i-s:") + tree(r, depth-1) + ")"
	case 7:
		return "(" + tree(r, depth-1) + "|" + tree(r, depth-1) + ")"
	default:
		return pick(r, "", "", "(?i)", "(?s)", "(?m)", "(?U)") + tree(r, depth-1)
	}
}

// Mutilated patterns, to learn what is refused.
var debris = []string{"(", ")", "[", "]", "{", "}", "*", "+", "?", "|", "\\", "^", "-", ":", "<", ">", "P", "i", "1", ",", "p", "L", "x", "Q", "E", "d", "b", "0", "7", "8", "é", "\xff", "[:alpha:]", "{1,2}", "(?", "{2", "\\p{", "(?P<", "C", "z"}

func broken(r *rand.Rand) string {
	s := ""
	if r.Intn(2) == 0 {
		s = tree(r, 1+r.Intn(3))
	}
	for n := 1 + r.Intn(6); n > 0; n-- {
		at := r.Intn(len(s) + 1)
		s = s[:at] + debris[r.Intn(len(debris))] + s[at:]
	}
	return s
}

var letters = []string{"a", "a", "a", "b", "b", "c", "x", "k", "s", "A", "K", "S", "K", "ſ", "é", "É", "漢", "α", "1", "_", "-", " ", "\n", "*", ".", "\xff", "\ufffd", "ab", "abc"}

func text(r *rand.Rand) string {
	var b strings.Builder
	for n := r.Intn(9); n > 0; n-- {
		b.WriteString(letters[r.Intn(len(letters))])
	}
	return b.String()
}

func main() {
	seed := flag.Int64("seed", 1, "of the random part")
	count := flag.Int("random", 1500, "number of random patterns")
	only := flag.Bool("only", false, "no cases by hand")
	flag.Parse()
	r := rand.New(rand.NewSource(*seed))
	fmt.Fprintf(out, "# Written by regex_cases.go with Go's regexp.\n")
	if !*only {
		for _, c := range byHand {
			emit(c[0], c[1:]...)
		}
	}
	for i := 0; i < *count; i++ {
		pattern := tree(r, 1+r.Intn(5))
		if i%3 == 2 {
			pattern = broken(r)
		}
		emit(pattern, text(r), text(r), text(r), text(r))
	}
	out.Flush()
}
