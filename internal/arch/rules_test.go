package arch

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// law is the policy, parsed.
type law struct {
	floors                   *dag
	planned                  []string
	tests                    map[string]map[string]bool
	modules, standard, calls []ban
	callsInTests             []ban
	variables, unreached     map[string]string // package.name -> why
}

// texts are the policy as written; the tests of the tests change one at a time.
type texts struct {
	floors, planned, tests, modules, standard, calls, callsInTests, variables, unreached string
}

func written() texts {
	return texts{floors, planned, tests, modules, standard, calls, callsInTests, variables, unreached}
}

func (x texts) parse() (*law, error) {
	d, err := parseFloors(x.floors)
	if err != nil {
		return nil, err
	}
	l := &law{floors: d, planned: strings.Fields(x.planned)}
	if l.tests, err = d.parseTests(x.tests); err != nil {
		return nil, err
	}
	for _, part := range []struct {
		text string
		bans *[]ban
	}{{x.modules, &l.modules}, {x.standard, &l.standard}, {x.calls, &l.calls}, {x.callsInTests, &l.callsInTests}} {
		if *part.bans, err = parseBans(d, part.text); err != nil {
			return nil, err
		}
	}
	if l.variables, err = parseReasons(x.variables); err != nil {
		return nil, err
	}
	l.unreached, err = parseReasons(x.unreached)
	return l, err
}

// parseReasons reads lines of "name | why".
func parseReasons(text string) (map[string]string, error) {
	all := map[string]string{}
	for line := range strings.Lines(uncomment(text)) {
		name, why, _ := strings.Cut(line, "|")
		if name, why = strings.TrimSpace(name), strings.TrimSpace(why); name != "" {
			if why == "" {
				return nil, fmt.Errorf("%s needs a reason", name)
			}
			all[name] = why
		}
	}
	return all, nil
}

// checkFloors finds packages without a floor, lines without a package, and imports against the drawing.
func checkFloors(t *tree, l *law) (bad []string) {
	for name := range t.pkgs {
		if !l.floors.has(name) {
			bad = append(bad, name+" is on no floor: give it one in internal/arch/policy_test.go")
		}
	}
	for _, name := range l.floors.packages() {
		here, plan := t.pkgs[name] != nil, slices.Contains(l.planned, name)
		switch {
		case !here && !plan:
			bad = append(bad, "the policy names "+name+", which is gone: take its line out")
		case here && plan:
			bad = append(bad, name+" exists now: take it off the planned list")
		}
	}
	for _, name := range l.planned {
		if !l.floors.has(name) {
			bad = append(bad, "planned "+name+" is on no floor")
		}
	}
	for name, p := range t.pkgs {
		for _, s := range p.files {
			for _, imp := range s.imports() {
				to, ours := t.local(imp)
				if !ours || to == name || l.floors.below[name][to] || s.test && l.tests[name][to] {
					continue
				}
				bad = append(bad, fmt.Sprintf("%s: %s may not import %s", s.path, name, to))
			}
		}
	}
	return bad
}

// isStandard reports whether the path is of the standard library: its first element has no dot.
func isStandard(imp string) bool {
	first, _, _ := strings.Cut(imp, "/")
	return !strings.Contains(first, ".")
}

// checkModules finds imports of other people's modules outside their users, and modules that nobody is listed for.
func checkModules(t *tree, l *law) (bad []string) {
	of := func(imp string) *ban {
		for i, b := range l.modules {
			if imp == b.what || strings.HasPrefix(imp, b.what+"/") {
				return &l.modules[i]
			}
		}
		return nil
	}
	for name, p := range t.pkgs {
		for _, s := range p.files {
			for _, imp := range s.imports() {
				if _, ours := t.local(imp); ours || isStandard(imp) {
					continue
				}
				b := of(imp)
				switch {
				case b == nil:
					bad = append(bad, fmt.Sprintf("%s: %s has no listed user: a new module needs an ADR", s.path, imp))
				case !b.allows(name) && !(s.test && b.allows("tests")):
					bad = append(bad, fmt.Sprintf("%s: %s may not import %s: %s", s.path, name, imp, b.only()))
				}
			}
		}
	}
	for m, direct := range t.direct {
		if direct && of(m) == nil {
			bad = append(bad, fmt.Sprintf("go.mod requires %s, which has no listed user", m))
		}
	}
	for _, b := range l.modules {
		if _, required := t.direct[b.what]; !required {
			bad = append(bad, fmt.Sprintf("the policy lists module %s, which go.mod does not require: take its line out", b.what))
		}
	}
	return bad
}

// checkStandard finds packages of the standard library outside their users, and bans on packages that are gone.
func checkStandard(t *tree, l *law, exists func(string) bool) (bad []string) {
	for _, b := range l.standard {
		if p := strings.TrimSuffix(b.what, "/..."); !exists(p) {
			bad = append(bad, fmt.Sprintf("the policy restricts %s, which is not in the standard library: take its line out", p))
		}
	}
	for name, p := range t.pkgs {
		for _, s := range p.files {
			if s.test {
				continue
			}
			for _, imp := range s.imports() {
				i := slices.IndexFunc(l.standard, func(b ban) bool { return covers(b.what, imp) })
				if i >= 0 && !l.standard[i].allows(name) {
					bad = append(bad, fmt.Sprintf("%s: %s may not import %s: %s", s.path, name, imp, l.standard[i].only()))
				}
			}
		}
	}
	return bad
}

// checkComments finds packages with no package comment or more than one.
func checkComments(t *tree) (bad []string) {
	for name, p := range t.pkgs {
		var with []string
		code := false
		for _, s := range p.files {
			if s.test {
				continue
			}
			code = true
			if s.file.Doc == nil {
				continue
			}
			text := s.file.Doc.Text()
			start := "Package " + p.ident + " "
			if p.ident == "main" {
				start = "Command " + name[strings.LastIndex(name, "/")+1:] + " "
			}
			if text == "" || s.generated && !strings.HasPrefix(text, start) {
				continue // directives and the marks of a generator
			}
			with = append(with, s.path)
			if !strings.HasPrefix(text, start) {
				bad = append(bad, fmt.Sprintf("%s: the package comment must begin with %q", s.path, start))
			}
		}
		switch {
		case code && len(with) == 0:
			bad = append(bad, name+" has no package comment")
		case len(with) > 1:
			slices.Sort(with)
			bad = append(bad, fmt.Sprintf("%s has %d package comments: %v", name, len(with), with))
		}
	}
	return bad
}

// checkSizes finds files and packages over budget.
func checkSizes(t *tree) (bad []string) {
	for name, p := range t.pkgs {
		total := 0
		for _, s := range p.files {
			if s.generated {
				continue
			}
			if s.lines > maxFile {
				bad = append(bad, fmt.Sprintf("%s: %d lines, more than %d", s.path, s.lines, maxFile))
			}
			if !s.test {
				total += s.lines
			}
		}
		most := budgetOf(name)
		if total > most {
			bad = append(bad, fmt.Sprintf("%s: %d lines, more than %d: split it by audience", name, total, most))
		}
	}
	return bad
}

// budgetOf returns how many lines a package may have.
func budgetOf(name string) int {
	for line := range strings.Lines(larger) {
		of, rest, _ := strings.Cut(strings.TrimSpace(line), "|")
		lines, _, _ := strings.Cut(rest, "|")
		if n, err := strconv.Atoi(strings.TrimSpace(lines)); err == nil && strings.TrimSpace(of) == name {
			return n
		}
	}
	return maxPackage
}
