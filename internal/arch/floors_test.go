package arch

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// dag is the import policy, closed: below[b] holds all that b may import.
type dag struct {
	below map[string]map[string]bool
	order []string // in the order of the text
}

// isFloor reports whether name is a floor and not a package.
func isFloor(name string) bool { return name == strings.ToUpper(name) }

// parseFloors reads the policy text. It fails on a name that stands on nothing and on one that stands on itself.
func parseFloors(text string) (*dag, error) {
	d := &dag{below: map[string]map[string]bool{"NONE": {}}}
	for rule := range strings.SplitSeq(uncomment(text), ";") {
		if strings.TrimSpace(rule) == "" {
			continue
		}
		var lower []string
		for i, list := range strings.Split(rule, "<") {
			names := strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(", \t\n", r) })
			if len(names) == 0 {
				return nil, fmt.Errorf("rule %q has an empty side", strings.TrimSpace(rule))
			}
			for _, name := range names {
				if i == 0 {
					if d.below[name] == nil {
						return nil, fmt.Errorf("%s is used before it has a floor", name)
					}
					continue
				}
				if d.below[name] == nil {
					d.below[name] = map[string]bool{}
					d.order = append(d.order, name)
				}
				for _, l := range lower {
					if l == name || d.below[l][name] {
						return nil, fmt.Errorf("%s would stand on itself", name)
					}
					d.below[name][l] = true
					for k := range d.below[l] {
						d.below[name][k] = true
					}
				}
			}
			lower = names
		}
	}
	return d, nil
}

// packages returns the packages of the policy, without the floors.
func (d *dag) packages() []string {
	return slices.DeleteFunc(slices.Clone(d.order), isFloor)
}

// has reports whether name is a package of the policy.
func (d *dag) has(name string) bool { return !isFloor(name) && d.below[name] != nil }

// expand replaces a floor by the packages below it.
func (d *dag) expand(name string) []string {
	if !isFloor(name) {
		return []string{name}
	}
	return slices.DeleteFunc(slices.Sorted(keys(d.below[name])), isFloor)
}

// parseTests reads "users: packages" lines into what the tests of each user may import beyond the user itself.
func (d *dag) parseTests(text string) (map[string]map[string]bool, error) {
	extra := map[string]map[string]bool{}
	for line := range strings.Lines(uncomment(text)) {
		users, may, ok := strings.Cut(line, ":")
		if !ok {
			if strings.TrimSpace(line) == "" {
				continue
			}
			return nil, fmt.Errorf("tests: %q has no colon", strings.TrimSpace(line))
		}
		for _, u := range strings.Fields(users) {
			if d.below[u] == nil {
				return nil, fmt.Errorf("tests: %s is on no floor", u)
			}
			for _, user := range d.expand(u) {
				if extra[user] == nil {
					extra[user] = map[string]bool{}
				}
				for _, m := range strings.Fields(may) {
					if !d.has(m) {
						return nil, fmt.Errorf("tests: %s is on no floor", m)
					}
					extra[user][m] = true
					for k := range d.below[m] {
						extra[user][k] = true
					}
				}
			}
		}
	}
	return extra, nil
}

// ban restricts one thing to its users and says why.
type ban struct {
	what  string
	users []string
	why   string
}

func (b ban) allows(user string) bool { return slices.Contains(b.users, user) }

// only says who may, for a failure message.
func (b ban) only() string {
	if len(b.users) == 1 && b.users[0] == "nobody" {
		return fmt.Sprintf("nobody may (%s)", b.why)
	}
	return fmt.Sprintf("only %v may (%s)", b.users, b.why)
}

// parseBans reads lines of "what | users | why", the longest "what" first. It fails on a line without a reason, on a
// user that is on no floor, and on a thing named twice.
func parseBans(d *dag, text string) ([]ban, error) {
	var bans []ban
	seen := map[string]bool{}
	for line := range strings.Lines(uncomment(text)) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		col := strings.Split(line, "|")
		if len(col) != 3 {
			return nil, fmt.Errorf("%q is not \"what | who | why\"", strings.TrimSpace(line))
		}
		b := ban{what: strings.TrimSpace(col[0]), users: strings.Fields(col[1]), why: strings.TrimSpace(col[2])}
		if b.what == "" || len(b.users) == 0 || b.why == "" {
			return nil, fmt.Errorf("%q needs a thing, its users and a reason", strings.TrimSpace(line))
		}
		if seen[b.what] {
			return nil, fmt.Errorf("%s is named twice", b.what)
		}
		seen[b.what] = true
		for _, u := range b.users {
			if u != "nobody" && u != "tests" && !d.has(u) {
				return nil, fmt.Errorf("%s: its user %s is on no floor", b.what, u)
			}
		}
		bans = append(bans, b)
	}
	size := func(b ban) int { return len(strings.TrimSuffix(b.what, "/...")) }
	slices.SortStableFunc(bans, func(a, b ban) int { return cmp.Compare(size(b), size(a)) })
	return bans, nil
}

// covers reports whether the pattern names the import path: itself, or with "/..." what lies under it.
func covers(pattern, path string) bool {
	if p, ok := strings.CutSuffix(pattern, "/..."); ok {
		return path == p || strings.HasPrefix(path, p+"/")
	}
	return path == pattern
}

// uncomment drops everything from "#" to the end of each line.
func uncomment(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		kept, _, cut := strings.Cut(line, "#")
		b.WriteString(kept)
		if cut {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func keys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}
