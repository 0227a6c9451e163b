package directory

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/person"
)

// maxItems is how many organisations a file may hold.
const maxItems = 20_000

// Result says what became of an item of a file.
type Result string

// The results.
const (
	Created   Result = "created"
	Changed   Result = "changed"   // the file says something else than before, and it was taken over
	Unchanged Result = "unchanged" // is as the file says, or the file says nothing new
	Differs   Result = "conflict"  // what stands here is newer than the file, or was decided here: it was left
	Ended     Result = "ended"     // the file says that it is there no more
	Missing   Result = "missing"   // came from the file before and is not in it any more: it was left
	Refused   Result = "refused"
)

// Item says what became of an organisation, a service or a location of a file. It holds nothing of an address.
type Item struct {
	Number       int      `json:"number"` // of the organisation in the file, from 1
	Kind         string   `json:"kind"`   // organization, service, location
	Source       string   `json:"source,omitempty"`
	Result       Result   `json:"result"`
	Key          string   `json:"key,omitempty"` // why it was refused or left: a message key
	Field        string   `json:"field,omitempty"`
	Organisation string   `json:"organisation,omitempty"` // as it is known here
	Confidential bool     `json:"confidential,omitempty"` // a location that was sealed
	Over         bool     `json:"over,omitempty"`         // what was newer here was overwritten, as was asked
	Left         []string `json:"left,omitempty"`         // members of the item for which there is no place here
}

// read is one organisation of a file, as far as it can be taken over.
type read struct {
	source   string
	body     Body // without services and places
	services []part[Offer]
	stopped  []part[Offer] // the file says that they are there no more
	places   []part[Place]
	assured  string // yyyy-mm-dd on which somebody elsewhere last confirmed a service of it
	items    []Item
	err      error // why all of it is refused
}

// part is a service or location of a file, and the number of what is reported of it.
type part[T any] struct {
	value  T
	source string
	item   int
}

// understood reports whether everything of a kind could be read so far that it is known which one it is.
func (r *read) understood(kind string) bool {
	return !slices.ContainsFunc(r.items, func(i Item) bool { return i.Kind == kind && i.Source == "" })
}

func (i Item) refused(err error) Item {
	i.Result = Refused
	_, key, args := fault.Public(err)
	i.Key, i.Field = key, args["field"]
	return i
}

// form says that an item has not the form of HSDS. The cause would quote the file, so it is left out.
func form() error { return fault.New(fault.Invalid, "directory.import.form") }

// Split cuts an HSDS 3.0 file in JSON into its organisations, as they stand in it: one, an array of them, or a page of a list as the HSDS API
// gives it. What is in them is not looked at.
//
// It fails with [fault.Invalid] "directory.import.file" if it is none of these.
func Split(file []byte) ([]json.RawMessage, error) {
	bad := fault.New(fault.Invalid, "directory.import.file")
	file = bytes.TrimPrefix(bytes.TrimSpace(file), []byte("\xef\xbb\xbf"))
	if !json.Valid(file) {
		return nil, bad
	}
	var all []json.RawMessage
	if file[0] != '[' {
		var page map[string]json.RawMessage
		if json.Unmarshal(file, &page) != nil {
			return nil, bad
		}
		contents, paged := page["contents"]
		switch {
		case paged && json.Unmarshal(contents, &all) != nil, !paged && page["id"] == nil:
			return nil, bad
		case !paged:
			all = []json.RawMessage{file}
		}
	} else if json.Unmarshal(file, &all) != nil {
		return nil, bad
	}
	return all, nil
}

// organization reads one organisation of a file. Map turns terms of other lists into codes of ours.
func organization(number int, raw json.RawMessage, list []string, terms map[string]string) read {
	head := Item{Number: number, Kind: "organization", Result: Created}
	var in struct {
		ID          string            `json:"id"`
		Name        string            `json:"name"`
		Description string            `json:"description"`
		Email       string            `json:"email"`
		Website     string            `json:"website"`
		Phones      []hsdsPhone       `json:"phones"`
		Locations   []json.RawMessage `json:"locations"`
		Services    []json.RawMessage `json:"services"`
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return read{err: form(), items: []Item{head.refused(form())}}
	}
	if !uuid(in.ID) {
		return read{err: wrong("id"), items: []Item{head.refused(wrong("id"))}}
	}
	r := read{source: strings.ToLower(in.ID), body: Body{
		Name: in.Name, Description: in.Description, Email: in.Email, Website: in.Website, Services: []Offer{}, Places: []Place{},
	}}
	if len(in.Phones) > 0 {
		r.body.Phone = in.Phones[0].Number
	}
	head.Source = r.source
	head.Left = left(raw, "id", "name", "description", "email", "website", "phones", "locations", "services")
	if err := r.body.check(list); err != nil {
		r.err, r.items = err, []Item{head.refused(err)}
		return r
	}
	r.items = []Item{head}
	locations := in.Locations
	for _, s := range in.Services {
		locations = append(locations, r.offer(number, s, list, terms)...)
	}
	seen := map[string]bool{}
	for _, l := range locations {
		r.place(number, l, seen)
	}
	if len(r.services) > maxOffers || len(r.places) > maxPlaces {
		r.err = fault.New(fault.TooLarge, "directory.many").With("field", "services, locations")
		r.items = []Item{head.refused(r.err)}
	}
	return r
}

// offer reads one service, and returns its locations.
func (r *read) offer(number int, raw json.RawMessage, list []string, terms map[string]string) []json.RawMessage {
	item := Item{Number: number, Kind: "service", Result: Created}
	var in struct {
		hsdsService
		At []struct {
			Location json.RawMessage `json:"location"`
		} `json:"service_at_locations"`
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		r.items = append(r.items, item.refused(form()))
		return nil
	}
	if uuid(in.ID) {
		item.Source = strings.ToLower(in.ID)
	}
	item.Left = left(raw, "id", "organization_id", "name", "description", "status", "assured_date", "languages", "attributes", "service_at_locations", "organization")
	var locations []json.RawMessage
	for _, at := range in.At {
		if len(at.Location) > 0 && string(at.Location) != "null" {
			locations = append(locations, at.Location)
		}
	}
	o := Offer{Code: code(in.Attributes, list, terms), Name: in.Name, Description: in.Description}
	for _, l := range in.Languages {
		if l.Code != "" {
			o.Languages = append(o.Languages, l.Code)
		}
	}
	err := o.check(list)
	switch {
	case item.Source != "" && slices.ContainsFunc(r.items, func(i Item) bool { return i.Kind == "service" && i.Source == item.Source }):
		err = wrong("services.id")
	case in.Status == "inactive" || in.Status == "defunct":
		err = fault.New(fault.Conflict, "directory.import.status")
		r.stopped = append(r.stopped, part[Offer]{o, item.Source, len(r.items)})
	case o.Code == "":
		err = fault.New(fault.Invalid, "directory.import.code")
	}
	if err != nil {
		r.items = append(r.items, item.refused(err))
		return locations
	}
	if person.Day(in.AssuredDate) {
		r.assured = max(r.assured, in.AssuredDate)
	}
	r.services = append(r.services, part[Offer]{o, item.Source, len(r.items)})
	r.items = append(r.items, item)
	return locations
}

// code finds the code of our list among the terms of a service; "" if none fits.
func code(all []hsdsAttribute, list []string, terms map[string]string) string {
	for _, a := range all {
		if a.Term == nil {
			continue
		}
		if c := terms[a.Term.Code]; c != "" {
			return c
		}
		if c := terms[a.Term.Name]; c != "" {
			return c
		}
		if slices.Contains(list, a.Term.Code) {
			return a.Term.Code
		}
	}
	return ""
}

// place reads one location, once.
func (r *read) place(number int, raw json.RawMessage, seen map[string]bool) {
	item := Item{Number: number, Kind: "location", Result: Created}
	var in hsdsLocation
	if err := json.Unmarshal(raw, &in); err != nil {
		r.items = append(r.items, item.refused(form()))
		return
	}
	if seen[in.ID] && in.ID != "" {
		return
	}
	seen[in.ID] = true
	if uuid(in.ID) {
		item.Source = strings.ToLower(in.ID)
	}
	item.Left = left(raw, "id", "organization_id", "location_type", "name", "addresses")
	if len(in.Addresses) == 0 {
		r.items = append(r.items, item.refused(fault.New(fault.Invalid, "directory.import.address")))
		return
	}
	a := in.Addresses[0]
	if len(in.Addresses) > 1 {
		item.Left = append(item.Left, "addresses[1]")
	}
	p := Place{Name: in.Name, Address: Address{
		Line1: a.Address1, Line2: a.Address2, City: a.City, Region: a.StateProvince, PostalCode: a.PostalCode,
		Country: strings.ToUpper(a.Country),
	}}
	if err := p.check(); err != nil {
		r.items = append(r.items, item.refused(err))
		return
	}
	r.places = append(r.places, part[Place]{p, item.Source, len(r.items)})
	r.items = append(r.items, item)
}

func uuid(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range s {
		hex := c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (c == '-') || !dash && !hex {
			return false
		}
	}
	return true
}
