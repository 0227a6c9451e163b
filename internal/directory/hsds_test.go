package directory_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

func serviceID(s string) id.Service { return id.Service(s) }

// encodedText is a text as it stands in JSON whose characters are escaped.
func encodedText(t *testing.T, s string) string {
	t.Helper()
	var b strings.Builder
	for _, r := range s {
		b.WriteString(strings.ToLower(`\u0` + string("0123456789abcdef"[r>>8&15]) + string("0123456789abcdef"[r>>4&15]) + string("0123456789abcdef"[r&15])))
	}
	return b.String()
}

// official compiles the schema of an organization that Open Referral publishes.
func official(t *testing.T) *jsonschema.Schema {
	t.Helper()
	dir := os.Getenv("OPENTRM_DATA")
	if dir == "" {
		t.Skip("OPENTRM_DATA is not set")
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile(filepath.Join(dir, "hsds-3.0", "organization.json"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestExportIsValidAgainstTheOfficialSchema(t *testing.T) {
	schema := official(t)
	w := newWorld(t)
	w.add("ana", "Сигурна куќа")
	_, err := w.Add(t.Context(), w.people["sara"], directory.Body{Name: "Bare"}, nil)
	w.must(err)
	b, err := w.Export(t.Context(), w.people["vera"].Actor)
	w.must(err)
	all, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	w.must(err)
	if len(all.([]any)) != 2 {
		t.Fatalf("%d organizations", len(all.([]any)))
	}
	for _, o := range all.([]any) {
		if err := schema.Validate(o); err != nil {
			t.Errorf("%v\n%s", err, b)
		}
	}
	broken := 0
	for _, o := range all.([]any) {
		services, _ := o.(map[string]any)["services"].([]any)
		for _, x := range services {
			x.(map[string]any)["status"] = "perhaps"
			broken++
		}
		if len(services) > 0 && schema.Validate(o) == nil {
			t.Error("the schema takes everything: this test shows nothing")
		}
	}
	if broken == 0 {
		t.Error("no service was exported")
	}
}

// file has the shape of the examples of the specification, with what may go wrong in it.
const file = `{"total_items": 3, "contents": [
{"id": "AC148810-D857-441C-9679-408F346DE14B", "name": "Community Aid", "alternate_name": "CA", "description": "Helps", "email": "a@example.org",
 "website": "http://example.org", "year_incorporated": 1970, "phones": [{"id": "1554c7f4-1111-4222-8333-444455556666", "number": "+44 1234 234567"}],
 "locations": [
  {"id": "3a757ea1-1111-4222-8333-444455556666", "location_type": "physical", "name": "Hall", "latitude": 100,
   "addresses": [{"id": "74706e55-1111-4222-8333-444455556666", "address_1": "1-30 Main Street", "city": "Skopje", "state_province": "", "postal_code": "1000", "country": "mk", "address_type": "postal"}]},
  {"id": "3a757ea1-2222-4222-8333-444455556666", "location_type": "virtual"},
  {"id": 7}],
 "services": [
  {"id": "ac148810-1111-4222-8333-444455556666", "name": "Counselling", "status": "active", "wait_time": "2 weeks",
   "languages": [{"id": "1554c7f4-2222-4222-8333-444455556666", "code": "en", "name": "English"}],
   "attributes": [{"id": "1554c7f4-3333-4222-8333-444455556666", "taxonomy_term": {"id": "1554c7f4-4444-4222-8333-444455556666", "code": "RP-1400", "name": "Mental health", "description": "d"}}],
   "service_at_locations": [{"id": "e94c9f38-1111-4222-8333-444455556666", "location": {"id": "3a757ea1-1111-4222-8333-444455556666", "location_type": "physical"}}]},
  {"id": "ac148810-2222-4222-8333-444455556666", "name": "Fishing", "status": "active"},
  {"id": "ac148810-3333-4222-8333-444455556666", "name": "Old", "status": "defunct"},
  {"name": []}]},
{"id": "not a uuid", "name": "Nobody", "description": "d"},
"text",
{"id": "ac148810-d857-441c-9679-408f346de14c", "name": "", "description": "d"}
]}`

func TestImportReportsEveryItem(t *testing.T) {
	w := newWorld(t)
	how := directory.Reading{Terms: map[string]string{"RP-1400": "psychological"}, Public: true}
	items, err := w.Import(t.Context(), w.people["ana"], []byte(file), how)
	w.must(err)
	type line struct {
		Number            int
		Kind              string
		Result            directory.Result
		Key, Field, Extra string
	}
	var got []line
	for _, i := range items {
		got = append(got, line{i.Number, i.Kind, i.Result, i.Key, i.Field, strings.Join(i.Left, " ")})
	}
	want := []line{
		{1, "organization", directory.Created, "", "", "alternate_name year_incorporated"},
		{1, "service", directory.Created, "", "", "wait_time"},
		{1, "service", directory.Refused, "directory.import.code", "", ""},
		{1, "service", directory.Refused, "directory.import.status", "", ""},
		{1, "service", directory.Refused, "directory.import.form", "", ""},
		{1, "location", directory.Created, "", "", "latitude"},
		{1, "location", directory.Refused, "directory.import.address", "", ""},
		{1, "location", directory.Refused, "directory.import.form", "", ""},
		{2, "organization", directory.Refused, "directory.field", "id", ""},
		{3, "organization", directory.Refused, "directory.import.form", "", ""},
		{4, "organization", directory.Refused, "directory.field", "name", ""},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("the report (-want +got):\n%s", d)
	}
	all, err := w.List(t.Context(), w.people["ana"].Actor, directory.Filter{})
	w.must(err)
	if len(all) != 1 || !all[0].Confidential || len(all[0].Body.Places) != 0 || !all[0].Stale {
		t.Fatalf("an organisation with a service that nobody understood: %+v", all)
	}
	if s := all[0].Body.Services; len(s) != 1 || s[0].Code != "psychological" || s[0].Languages[0] != "en" {
		t.Errorf("services: %+v", s)
	}
	// Again, in any order, imports nothing twice.
	for range 2 {
		items, err = w.Import(t.Context(), w.people["ana"], []byte(file), how)
		w.must(err)
		if items[0].Result != directory.Unchanged || items[0].Organisation != string(all[0].ID) {
			t.Errorf("again: %+v", items[0])
		}
	}
	if again, err := w.List(t.Context(), w.people["ana"].Actor, directory.Filter{}); err != nil || len(again) != 1 {
		t.Errorf("after three imports there are %d organisations, %v", len(again), err)
	}
}

// A file says that its locations are public. Those of a shelter are not, whatever it says.
func TestLocationsOfAccommodationAreSealedWhateverIsSaid(t *testing.T) {
	for code, want := range map[string]bool{"accommodation": true, "legal": false} {
		for _, said := range []bool{true, false} {
			w := newWorld(t)
			one := `{"id": "ac148810-d857-441c-9679-408f346de14b", "name": "n", "description": "d",
				"services": [{"id": "ac148810-1111-4222-8333-444455556666", "name": "s", "status": "active",
					"attributes": [{"taxonomy_term": {"code": "` + code + `"}}],
					"service_at_locations": [{"location": {"id": "3a757ea1-1111-4222-8333-444455556666", "location_type": "physical",
						"addresses": [{"address_1": "a", "city": "c", "country": "MK"}]}}]}]}`
			items, err := w.Import(t.Context(), w.people["ana"], []byte(one), directory.Reading{Public: said})
			w.must(err)
			all, err := w.List(t.Context(), w.people["ana"].Actor, directory.Filter{})
			w.must(err)
			if sealed := all[0].Confidential; sealed != (want || !said) || sealed == (len(all[0].Body.Places) > 0) {
				t.Errorf("%s, said to be public: %t: sealed %t\n%+v", code, said, sealed, items)
			}
		}
	}
}

func TestExportComesBackAsItWas(t *testing.T) {
	w := newWorld(t)
	b := body("Clinic")
	b.Services = b.Services[1:]
	_, err := w.Add(t.Context(), w.people["ana"], b, nil)
	w.must(err)
	exported, err := w.Export(t.Context(), w.people["ana"].Actor)
	w.must(err)
	items, err := w.Import(t.Context(), w.people["ana"], exported, directory.Reading{})
	w.must(err)
	if len(items) != 3 || slices.ContainsFunc(items, func(i directory.Item) bool { return i.Result != directory.Unchanged }) {
		t.Errorf("one's own export: %+v", items)
	}
	other := newWorld(t)
	_, err = other.Import(t.Context(), other.people["ana"], exported, directory.Reading{Public: true})
	other.must(err)
	again, err := other.Export(t.Context(), other.people["ana"].Actor)
	other.must(err)
	if d := cmp.Diff(nameless(t, exported), nameless(t, again)); d != "" {
		t.Errorf("through another node (-before +after):\n%s", d)
	}
}

// nameless decodes an export without identifiers, which each node gives anew, and without the date of confirmation,
// which it gives by itself.
func nameless(t *testing.T, b []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			for _, name := range []string{"id", "organization_id", "location_id", "service_id", "link_id", "assured_date"} {
				delete(v, name)
			}
			for _, x := range v {
				walk(x)
			}
		}
	}
	walk(v)
	return v
}

func TestFilesThatAreNone(t *testing.T) {
	w := newWorld(t)
	for _, f := range []string{"", " ", "{", "7", "null", `"x"`, "{}", `{"contents": 7}`, `[1] [2]`, "\xff"} {
		if _, err := w.Import(t.Context(), w.people["ana"], []byte(f), directory.Reading{}); kind(err) != "invalid directory.import.file" {
			t.Errorf("%q: %s", f, kind(err))
		}
	}
	_, err := w.Import(t.Context(), w.people["ana"], []byte("[]"), directory.Reading{Terms: map[string]string{"x": "magic"}})
	if _, k, args := fault.Public(err); k != "directory.field" || args["field"] != "terms" {
		t.Errorf("a term of no list: %v", err)
	}
	if _, err := directory.ParseData([]byte(`{"schema":"opentrm/directory-data/1","version":1,"stale_days":{"value":1}}`)); kind(err) != "invalid directory.data" {
		t.Errorf("a number without a source: %s", kind(err))
	}
}
