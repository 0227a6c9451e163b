package directory

import (
	"bytes"
	"encoding/json"
	"io"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
)

// How much an organisation holds.
const (
	maxOffers = 100
	maxPlaces = 100
	shortText = 200
	longText  = 4000
)

func wrong(field string) error {
	return fault.New(fault.Invalid, "directory.field").With("field", field)
}

// text reports whether s can be shown ([person.Text]) and, where it must be, is not blank.
func text(s string, most int, must bool) bool {
	return person.Text(s, most) && (!must || strings.TrimSpace(s) != "")
}

// check reports whether b could be, with services of the list. Faults name fields, never what they hold.
func (b Body) check(list []string) error {
	switch {
	case !text(b.Name, shortText, true):
		return wrong("name")
	case !text(b.Description, longText, false):
		return wrong("description")
	case !email(b.Email):
		return wrong("email")
	case !website(b.Website):
		return wrong("website")
	case !phone(b.Phone):
		return wrong("phone")
	case len(b.Services) > maxOffers:
		return fault.New(fault.TooLarge, "directory.many").With("field", "services")
	}
	for _, o := range b.Services {
		if err := o.check(list); err != nil {
			return err
		}
	}
	return checkPlaces(b.Places)
}

func (o Offer) check(list []string) error {
	switch {
	case !slices.Contains(list, o.Code):
		return wrong("services.code")
	case !text(o.Name, shortText, true):
		return wrong("services.name")
	case !text(o.Description, longText, false):
		return wrong("services.description")
	case len(o.Languages) > 50 || slices.ContainsFunc(o.Languages, func(l string) bool { return !person.Tag(l) }):
		return wrong("services.languages")
	}
	return nil
}

func checkPlaces(all []Place) error {
	if len(all) > maxPlaces {
		return fault.New(fault.TooLarge, "directory.many").With("field", "places")
	}
	for _, p := range all {
		if err := p.check(); err != nil {
			return err
		}
	}
	return nil
}

func (p Place) check() error {
	a := p.Address
	switch {
	case !text(p.Name, shortText, false):
		return wrong("places.name")
	case !text(a.Line1, shortText, true) || !text(a.Line2, shortText, false):
		return wrong("places.line1")
	case !text(a.City, shortText, true):
		return wrong("places.city")
	case !text(a.Region, shortText, false):
		return wrong("places.region")
	case !text(a.PostalCode, 20, false):
		return wrong("places.postal_code")
	case !person.Country(a.Country):
		return wrong("places.country")
	case !person.CountryNow(a.Country):
		return person.NoCountry("places.country", a.Country)
	}
	return nil
}

func email(s string) bool {
	if s == "" {
		return true
	}
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && len(s) <= 254 && !strings.ContainsAny(s, "\" ")
}

func website(s string) bool {
	if s == "" {
		return true
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && len(s) <= 500 && text(s, 500, true) && !strings.ContainsAny(s, " \n\t")
}

func phone(s string) bool {
	return len(s) <= 40 && !strings.ContainsFunc(s, func(r rune) bool { return !strings.ContainsRune("+0123456789 ()-/.", r) })
}

// shown returns the light as it may be shown at a moment: one that was said too long ago, or in the future, is unknown.
func (c Capacity) shown(now frame.Time, hours int64) Capacity {
	if age := now.Sub(c.Said); c.Said == 0 || age < 0 || age >= time.Duration(hours)*time.Hour {
		c.Light = Unknown
	}
	return c
}

// stale reports whether what was confirmed then must be confirmed again.
func stale(verified, now frame.Time, days int64) bool {
	return verified == 0 || now.Sub(verified) >= time.Duration(days)*24*time.Hour
}

// view makes what a reader sees, with what was said of the services.
func view(r Row, said []Capacity, now frame.Time, d Data) (Organisation, error) {
	st, err := stateOf(r)
	if err != nil {
		return Organisation{}, err
	}
	o := Organisation{
		Ends: append([]End{}, st.Ends...), Erasing: st.Erasing, Moving: st.Moving, ID: r.ID, Desk: r.Desk, Confidential: len(r.Sealed) > 0, Capacity: []Capacity{}, Verified: r.Verified,
		Stale: stale(r.Verified, now, d.StaleDays.Value), Version: r.Version,
	}
	if err := parse(r.Body, &o.Body); err != nil {
		return Organisation{}, fault.Wrap(fault.Internal, "directory.row", err)
	}
	o.Stale = o.Stale && !o.Over()
	for _, x := range o.Body.Services {
		c := Capacity{Service: x.ID, Light: Unknown}
		if i := slices.IndexFunc(said, func(c Capacity) bool { return c.Service == x.ID }); i >= 0 {
			c = said[i]
		}
		if o.EndOf(OneService, string(x.ID)) != nil {
			c.Light = Unknown
		}
		o.Capacity = append(o.Capacity, c.shown(now, d.CapacityHours.Value))
	}
	return o, nil
}

// fits reports whether an organisation is what a filter asks for, but for its light.
func (f Filter) fits(o Organisation, home id.Member) bool {
	return (f.Ended || !o.Over()) && (!f.Stale || o.Stale) && f.says(o) && f.stands(o, home) &&
		(f.Code == "" && f.Language == "" || slices.ContainsFunc(o.Body.Services, func(x Offer) bool { return f.offers(o, x) }))
}

// offers reports whether a service that is given still is of the kind and in the language that is asked for.
func (f Filter) offers(o Organisation, x Offer) bool {
	language := func(l string) bool {
		return strings.EqualFold(l, f.Language) || len(l) > len(f.Language) && strings.EqualFold(l[:len(f.Language)+1], f.Language+"-")
	}
	return (f.Code == "" || x.Code == f.Code) && (f.Language == "" || slices.ContainsFunc(x.Languages, language)) &&
		(f.Ended || o.EndOf(OneService, string(x.ID)) == nil)
}

// says reports whether the text that is asked for stands in what everybody reads.
func (f Filter) says(o Organisation) bool {
	if f.Text == "" {
		return true
	}
	all := []string{o.Body.Name, o.Body.Description}
	for _, x := range o.Body.Services {
		all = append(all, x.Name)
	}
	for _, p := range o.Body.Places {
		all = append(all, p.Name)
	}
	return slices.ContainsFunc(all, func(s string) bool { return holds(s, f.Text) })
}

func holds(s, part string) bool { return strings.Contains(strings.ToLower(s), strings.ToLower(part)) }

// stands reports whether a public place is where is asked for. Where the confidential ones are is not said to who asks: an organisation
// that has no others counts as at home.
func (f Filter) stands(o Organisation, home id.Member) bool {
	if f.Country == "" && f.City == "" {
		return true
	}
	if len(o.Body.Places) == 0 {
		return f.City == "" && strings.EqualFold(f.Country, string(home))
	}
	return slices.ContainsFunc(o.Body.Places, func(p Place) bool {
		return o.EndOf(PublicPlace, p.ID) == nil && (f.Country == "" || strings.EqualFold(p.Address.Country, f.Country)) &&
			(f.City == "" || holds(p.Address.City, f.City))
	})
}

// roomy reports whether a service that is asked for has room.
func (o Organisation) roomy(f Filter) bool {
	for i, x := range o.Body.Services {
		if l := o.Capacity[i].Light; (l == Free || l == Few) && f.offers(o, x) {
			return true
		}
	}
	return false
}

// named gives services and places identifiers: those of before stay what they were, others are new.
//
// It fails with [fault.Invalid] for an identifier that the organisation did not have.
func named(m id.Maker, b Body, before Body) (Body, error) {
	b.Services = append([]Offer{}, b.Services...)
	seen := map[id.Service]bool{}
	for i, o := range b.Services {
		if o.ID == "" {
			b.Services[i].ID = id.Ordered[id.Service](m)
		} else if seen[o.ID] || !slices.ContainsFunc(before.Services, func(x Offer) bool { return x.ID == o.ID }) {
			return Body{}, wrong("services.service")
		}
		seen[b.Services[i].ID] = true
	}
	var err error
	b.Places, err = namedPlaces(m, b.Places, before.Places)
	return b, err
}

func namedPlaces(m id.Maker, all, before []Place) ([]Place, error) {
	out := append([]Place{}, all...)
	seen := map[string]bool{}
	for i, p := range out {
		if p.ID == "" {
			out[i].ID = id.Ordered[string](m)
		} else if seen[p.ID] || !slices.ContainsFunc(before, func(x Place) bool { return x.ID == p.ID }) {
			return nil, wrong("places.place")
		}
		seen[out[i].ID] = true
	}
	return out, nil
}

// parse reads one JSON value of a closed form.
func parse(b []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return fault.New(fault.Invalid, "directory.row")
	}
	return nil
}
