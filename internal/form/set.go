package form

import (
	"cmp"
	"embed"
	"encoding/json"
	"io/fs"
	"slices"
	"strconv"
	"sync"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/sorting"
)

//go:embed data
var files embed.FS

// Set is every version of every form, and the additions that were taken. It never changes.
type Set struct {
	forms     []Form // in the order of their ids and versions
	additions []Additions
}

// Edition names one version of the additions of a member. The zero Edition is none.
type Edition struct {
	Member  id.Member `json:"member"`
	Version int64     `json:"version"`
}

var shipped = sync.OnceValues(load)

// Load returns the forms that this program was built with, without additions.
//
// It fails with [fault.Internal] if they are broken, which a test excludes.
func Load() (Set, error) {
	s, err := shipped()
	if err != nil {
		return Set{}, fault.Wrap(fault.Internal, "form.file", err)
	}
	return s, nil
}

func load() (Set, error) {
	names, err := fs.Glob(files, "data/F*.json")
	if err != nil {
		return Set{}, err
	}
	var s Set
	for _, name := range names {
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			return Set{}, err
		}
		f, err := Parse(raw)
		if err != nil {
			return Set{}, err
		}
		if _, err := s.Form(f.ID, f.Version, Edition{}); err == nil {
			return Set{}, wrong("version")
		}
		s.forms = append(s.forms, f)
	}
	sorting.By(s.forms, func(a, b Form) int {
		return cmp.Or(cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Version, b.Version))
	})
	return s, nil
}

// fields returns the fields of HTCDS 2.0 that an answer may fill.
func fields() ([]string, error) {
	raw, err := fs.ReadFile(files, "data/htcds.json")
	if err != nil {
		return nil, err
	}
	var file struct {
		Fields []string `json:"fields"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, err
	}
	return file.Fields, nil
}

// Newest returns the newest version of every form, in the order of their ids.
func (s Set) Newest() []Form {
	var all []Form
	for i, f := range s.forms {
		if i+1 == len(s.forms) || s.forms[i+1].ID != f.ID {
			all = append(all, f)
		}
	}
	return all
}

// Offered returns the newest version of every form by its number and version, with the newest questions that a member adds to
// it: what can be filled in there now. A form of which a role sees no question is not offered to it, nor one that another record keeps.
func (s Set) Offered(m id.Member, to access.Role) []Record {
	return slices.DeleteFunc(s.Current(m), func(r Record) bool {
		whole, err := s.Form(r.Form, r.Version, r.Additions)
		return err != nil || whole.Record != "" || !slices.ContainsFunc(whole.questions(), func(q Question) bool { return q.SeenBy(to) })
	})
}

// Current returns the newest version of every form by its number and version, with the newest questions that a member adds to it.
func (s Set) Current(m id.Member) []Record {
	var all []Record
	for _, f := range s.Newest() {
		r := Record{Form: f.ID, Version: f.Version}
		for _, a := range s.additions {
			adds := slices.ContainsFunc(a.Forms, func(x Addition) bool { return x.Form == f.ID && x.Version == f.Version })
			if adds && a.Member == m && a.Version > r.Additions.Version {
				r.Additions = Edition{a.Member, a.Version}
			}
		}
		all = append(all, r)
	}
	return all
}

// Form returns one version of a form, with the questions that an edition of additions adds to it.
//
// It fails with [fault.Invalid] if there is no such version, or no such edition, or the edition adds nothing to it.
func (s Set) Form(form string, version int64, with Edition) (Form, error) {
	unknown := fault.New(fault.Invalid, "form.unknown").With("form", form).With("version", strconv.FormatInt(version, 10))
	at := slices.IndexFunc(s.forms, func(f Form) bool { return f.ID == form && f.Version == version })
	if at < 0 {
		return Form{}, unknown
	}
	f := s.forms[at]
	if with == (Edition{}) {
		return f, nil
	}
	for _, a := range s.additions {
		for _, more := range a.Forms {
			if a.Member == with.Member && a.Version == with.Version && more.Form == form && more.Version == version {
				return f.with(more), nil
			}
		}
	}
	return Form{}, fault.New(fault.Invalid, "form.unknown").With("form", form+" "+string(with.Member)).
		With("version", strconv.FormatInt(with.Version, 10))
}

// Add returns s with the additions of a member.
//
// It fails with [fault.Invalid] if [Set.LintAdditions] finds something, and with [fault.Conflict] if s has another file as that
// version.
func (s Set) Add(c *lang.Catalogue, a Additions) (Set, error) {
	found, err := s.LintAdditions(c, a)
	if err != nil {
		return Set{}, err
	}
	if len(found) > 0 {
		return Set{}, fault.New(fault.Invalid, "form.additions").With("question", found[0].Question).With("rule", found[0].Rule)
	}
	if slices.ContainsFunc(s.additions, func(b Additions) bool { return a.Member == b.Member && a.Version == b.Version }) {
		return Set{}, fault.New(fault.Conflict, "form.additions.version")
	}
	return Set{s.forms, append(slices.Clone(s.additions), a)}, nil
}

// with returns f with more questions. Nothing of f changes: its lists and questions come first.
func (f Form) with(more Addition) Form {
	f.Lists = slices.Concat(f.Lists, more.Lists)
	f.Sections = slices.Clone(f.Sections)
	for i := range f.Sections {
		for _, s := range more.Sections {
			if s.Section == f.Sections[i].ID {
				f.Sections[i].Questions = slices.Concat(f.Sections[i].Questions, s.Questions)
			}
		}
	}
	return f
}
