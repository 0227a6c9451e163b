package directory

import (
	"encoding/json"
	"testing"
)

// Whatever a file holds, it is refused as a whole or item by item, and what is taken could be entered.
func FuzzParseHSDS(f *testing.F) {
	for _, s := range []string{
		``, `[]`, `{"contents":[]}`, `{"id":"ac148810-d857-441c-9679-408f346de14b","name":"n","description":"d"}`,
		`[{"id":"ac148810-d857-441c-9679-408f346de14b","name":"n","description":"d","services":[{"id":"x","name":"s","status":"active","attributes":[{"taxonomy_term":{"code":"legal"}}]}],"locations":[{"addresses":[{"address_1":"a","city":"c","country":"MK"}]}]}]`,
		`[null,7,[],{"id":null}]`, "\xef\xbb\xbf[]", `{"contents":null}`,
	} {
		f.Add([]byte(s))
	}
	list, err := codes()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		all, err := Split(b)
		if err != nil {
			return
		}
		for i, raw := range all {
			r := organization(i+1, raw, list, map[string]string{"a": "legal"})
			if len(r.items) == 0 {
				t.Fatal("nothing is said of an item")
			}
			for _, item := range r.items {
				if item.Number != i+1 || (item.Result == Refused) != (item.Key != "") {
					t.Fatalf("%+v", item)
				}
			}
			if _, err := json.Marshal(r.items); err != nil {
				t.Fatal(err)
			}
			if r.err != nil {
				continue
			}
			if r.body.check(list) != nil || !uuid(r.source) {
				t.Fatalf("taken and cannot be: %+v", r)
			}
			for _, x := range r.services {
				if x.value.check(list) != nil || r.items[x.item].Kind != "service" {
					t.Fatalf("taken and cannot be: %+v", x)
				}
			}
			for _, x := range r.places {
				if x.value.check() != nil || r.items[x.item].Kind != "location" {
					t.Fatalf("taken and cannot be: %+v", x)
				}
			}
		}
	})
}
