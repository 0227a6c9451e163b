package page

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/sorting"
)

// Now is how what a form changes stands. It is shown where somebody else was faster than whoever sent the form.
type Now struct {
	Rows []Row
	By   id.User    // who wrote it last; empty: that is not kept with it
	At   frame.Time // when; 0: that is not kept with it
	Path string     // of the page on which all of it stands
}

// wrote says by whom and when something was written. Whoever is of another desk is nobody's to name.
func (v *Visit) wrote(n Now) ([]Row, error) {
	if n.By == "" && n.At == 0 {
		return n.Rows, nil
	}
	row := Row{Key: Key("web.both.wrote"), Value: Key("web.both.somebody")}
	if n.By == v.By.User {
		row.Value = Key("web.both.you")
	} else if n.By != "" && v.By.Desk != "" {
		names, err := v.Site.Signin.Colleagues(v.R.Context(), v.By.Actor, v.By.Desk)
		if err != nil {
			return nil, err
		}
		if name := names[n.By]; name != "" {
			row.Value = Plain(name)
		}
	}
	if n.At != 0 {
		row.Lines = []Msg{v.When(n.At)}
	}
	return append(slices.Clone(n.Rows), row), nil
}

// typedField tells, of a form that comes, into which of its controls somebody types, each with the key of its label. Whatever else is in
// it was chosen, or is the form's own.
const typedField = "typed-into"

// typesKey is for the controls of a page that somebody types into, until the form that they stand in ends.
type typesKey struct{}

// dated marks a control of three fields: day, month and year.
const dated = "*"

// into notes that somebody types into a control.
func into(ctx context.Context, f Field, mark string) string {
	if all, ok := ctx.Value(typesKey{}).(*[]string); ok {
		key := ""
		if len(f.Label.args) == 0 {
			key = f.Label.key
		}
		*all = append(*all, f.name()+mark+"="+key)
	}
	return f.name()
}

// typesOf are the controls of the form that ends here.
func typesOf(ctx context.Context) string {
	all, ok := ctx.Value(typesKey{}).(*[]string)
	if !ok {
		return ""
	}
	said := strings.Join(*all, " ")
	*all = nil
	return said
}

// TypedIn returns what somebody typed into a form, as far as it says which of its controls are typed into; of one that says nothing of
// that, whatever stands in it.
func (v *Visit) TypedIn(in url.Values) []Row {
	var all []Row
	add := func(key string, values ...string) {
		text := strings.TrimSpace(strings.Join(values, " "))
		if text == "" {
			return
		}
		row := Row{Value: Plain(text)}
		if v.Site.Texts.Has(key) {
			row.Key = Key(key)
		}
		all = append(all, row)
	}
	defined := strings.Fields(strings.Join(in[typedField], " "))
	for _, d := range defined {
		name, key, _ := strings.Cut(d, "=")
		if day, ok := strings.CutSuffix(name, dated); ok {
			add(key, in.Get(day+"-day"), in.Get(day+"-month"), in.Get(day+"-year"))
			continue
		}
		for _, x := range in[name] {
			add(key, x)
		}
	}
	if len(defined) == 0 {
		for name, values := range in {
			for _, x := range values {
				if !ofForm(name) {
					add("", x)
				}
			}
		}
		sorting.By(all, func(a, b Row) int { return strings.Compare(a.Value.plain, b.Value.plain) })
	}
	return all
}

// beside puts before a page that refuses a form how that stands which it changes, and what she typed that the page does not show any more:
// nothing of it is lost, whatever became of the form.
func (v *Visit) beside(pg Page, body string) (templ.Component, error) {
	var rows, lost []Row
	path := ""
	if pg.Now != nil && pg.Status == http.StatusConflict {
		var err error
		if rows, err = v.wrote(*pg.Now); err != nil {
			return nil, err
		}
		path = pg.Now.Path
	}
	if len(v.R.PostForm[typedField]) > 0 && !private(v.route.Action) {
		for _, r := range v.TypedIn(v.R.PostForm) {
			if !strings.Contains(body, templ.EscapeString(r.Value.plain)) && !shownDay(body, r.Value.plain) {
				lost = append(lost, r)
			}
		}
	}
	return beside(v.P, rows, path, lost), nil
}

// shownDay reports whether a page shows the three fields of a day with what was typed into them.
func shownDay(body, text string) bool {
	parts := strings.Fields(text)
	return len(parts) <= 3 && !slices.ContainsFunc(parts, func(x string) bool {
		return strings.Trim(x, "0123456789") != "" || !strings.Contains(body, `value="`+x+`"`)
	})
}

// Version reads the version of what was read when a form was opened; 0 is no stored version, of which the noun says that it is stale,
// after it has asked who may.
func (v *Visit) Version() int64 {
	n, err := strconv.ParseInt(v.Field(versionName), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
