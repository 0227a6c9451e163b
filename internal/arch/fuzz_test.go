package arch

import (
	"go/ast"
	"regexp"
	"strings"
	"testing"
)

// unfuzzed lists parsers without a fuzz target of their own: package.function | why.
const unfuzzed = `
audit.parseBeginning     | called by ParseBeginning
audit.parsePadding       | tried with every length by TestPadding and the vectors; 16 bytes at most
audit.parseSize          | called by ParseRequest
audit.parseSized         | called by ParseBeginning
audit.parseState         | called by ParseCheckpoint
call.parseDigest         | FuzzContentDigest, by its name for tests
careplan.ParseData       | reads what is embedded
casefile.ParseData       | reads what is embedded
childhood.ParseData      | reads what is embedded
conference.ParseData     | reads what is embedded
consent.ParseData        | reads what is embedded
cooperation.ParseRequest | FuzzRequest, through its vectors' reader
cooperation.parseNote    | FuzzNote, through its vectors' reader
cooperation.parseRecord  | FuzzRecord, through its vectors' reader
docket.ParseEntry        | FuzzEntry, through its vectors' reader
demo.parseValue          | reads what is embedded
directory.ParseData      | reads what is embedded
directory.parse          | reads what is embedded
envelope.parseHeader     | called by Parse
form.Parse               | reads what is embedded
homecoming.ParseData     | reads what is embedded
htcds.Parse              | reads what is embedded
htcds.ParsePurpose       | one word of two
id.ParseDesk             | called by ParseAddress
id.ParseMember           | called by ParseAddress
joint.parseAnswered      | FuzzAnswer, through its vectors' reader
joint.parseAsked         | FuzzQuestion, through its vectors' reader
keyring.parse            | 32 bytes that this node has unsealed
message.parseOwn         | calls parseLetter
relation.ParseData       | reads what is embedded
screening.ParseData      | reads what is embedded
seal.ParseSuite          | one word
stats.ParseCollection    | reads what is embedded
transfer.ParseData       | reads what is embedded
webhook.ParseData        | reads what is embedded
`

// TestEveryParserIsFuzzed: whoever reads bytes that others wrote is named in a fuzz target of its package, or says why not.
func TestEveryParserIsFuzzed(t *testing.T) {
	m, _ := read(t)
	excused := map[string]bool{}
	for line := range strings.Lines(strings.TrimSpace(unfuzzed)) {
		name, why, ok := strings.Cut(line, "|")
		if !ok || strings.TrimSpace(why) == "" {
			t.Fatalf("line %q", line)
		}
		excused[strings.TrimSpace(name)] = false
	}
	parser, parsers := regexp.MustCompile(`^[Pp]arse([A-Z]|$)`), 0
	for name, p := range m.pkgs {
		fuzzed := map[string]bool{}
		for _, s := range p.files {
			if !s.test {
				continue
			}
			for _, d := range s.file.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && strings.HasPrefix(f.Name.Name, "Fuzz") {
					ast.Inspect(f, func(n ast.Node) bool {
						if x, ok := n.(*ast.Ident); ok {
							fuzzed[x.Name] = true
						}
						return true
					})
				}
			}
		}
		for _, s := range p.files {
			for _, d := range s.file.Decls {
				f, ok := d.(*ast.FuncDecl)
				if !ok || s.test || s.generated || f.Body == nil || !parser.MatchString(f.Name.Name) || !takesText(f) {
					continue
				}
				parsers++
				key := name + "." + f.Name.Name
				_, ok = excused[key]
				if ok {
					excused[key] = true
				}
				switch {
				case fuzzed[f.Name.Name] && ok:
					t.Errorf("unfuzzed names %s, which is fuzzed: take its line out", key)
				case !fuzzed[f.Name.Name] && !ok:
					t.Errorf("%s: no fuzz target of the package calls %s", m.at(f), key)
				}
			}
		}
	}
	for key, found := range excused {
		if !found {
			t.Errorf("unfuzzed names %s, which is gone: take its line out", key)
		}
	}
	if parsers < 40 {
		t.Errorf("%d parsers were found", parsers)
	}
}

// takesText reports whether f reads bytes or a text.
func takesText(f *ast.FuncDecl) bool {
	for _, p := range f.Type.Params.List {
		switch x := p.Type.(type) {
		case *ast.ArrayType:
			if e, ok := x.Elt.(*ast.Ident); ok && e.Name == "byte" {
				return true
			}
		case *ast.Ident:
			if x.Name == "string" {
				return true
			}
		case *ast.SelectorExpr:
			if x.Sel.Name == "RawMessage" || x.Sel.Name == "Reader" {
				return true
			}
		}
	}
	return false
}
