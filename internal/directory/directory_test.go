package directory_test

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/store"
)

func TestAnOrganisationIsEnteredFoundAndChanged(t *testing.T) {
	w := newWorld(t)
	o := w.add("ana", "Сигурна куќа")
	w.add("sara", "Law clinic")
	for _, c := range []struct {
		f    directory.Filter
		want int
	}{
		{directory.Filter{}, 2},
		{directory.Filter{Text: "СИГУРНА"}, 1},
		{directory.Filter{Code: "accommodation"}, 2},
		{directory.Filter{Code: "medical"}, 0},
		{directory.Filter{Limit: 1}, 1},
		{directory.Filter{After: o.ID}, 1},
	} {
		all, err := w.List(t.Context(), w.people["vera"].Actor, c.f)
		w.must(err)
		if len(all) != c.want {
			t.Errorf("%+v: %d organisations, want %d", c.f, len(all), c.want)
		}
	}
	got := w.show(o.ID)
	if d := cmp.Diff(o, got); d != "" {
		t.Errorf("what was entered and what is read differ (-entered +read):\n%s", d)
	}
	b := got.Body
	b.Name, b.Services = "Дом", b.Services[1:]
	version, err := w.Change(t.Context(), w.people["ana"], o.ID, got.Version, b, nil)
	w.must(err)
	got = w.show(o.ID)
	if got.Version != version || got.Body.Name != "Дом" || got.Body.Services[0].ID != o.Body.Services[1].ID || !got.Confidential {
		t.Errorf("after the change: %+v", got)
	}
	if _, err := w.Change(t.Context(), w.people["ana"], o.ID, 1, b, nil); kind(err) != "stale directory.stale" {
		t.Errorf("a change of an old version: %s", kind(err))
	}
	if _, err := w.Verify(t.Context(), w.people["ana"].Actor, o.ID, 1); kind(err) != "stale directory.stale" {
		t.Errorf("confirming an old version: %s", kind(err))
	}
	if _, err := w.Show(t.Context(), w.people["ana"].Actor, "none"); kind(err) != "not-found fault.not-found" {
		t.Errorf("what is not there: %s", kind(err))
	}
	if n := w.entries(access.ChangeDirectory); n < 1 {
		t.Errorf("%d entries about the change", n)
	}
}

func TestConfidentialPlacesOpenForTheKeepingDeskAlone(t *testing.T) {
	w := newWorld(t)
	o := w.add("ana", "House")
	all, err := w.Confidential(t.Context(), w.people["ana"], o.ID)
	w.must(err)
	if len(all) != 1 || all[0].Address.Line1 != hidden {
		t.Fatalf("the keeping desk reads %+v", all)
	}
	if w.entries(access.AddressDirectory) != 1 {
		t.Error("the log does not show who opened the address")
	}
	for _, who := range []string{"sara", "vera", "nada", "officer-1"} {
		if all, err := w.Confidential(t.Context(), w.people[who], o.ID); !fault.Is(err, fault.Denied) || all != nil {
			t.Errorf("%s: %s, %d places", who, kind(err), len(all))
		}
	}
	// Somebody who says that she works there, and has no key of the desk.
	liar := w.people["sara"]
	liar.Desk = "shelter"
	if _, err := w.Confidential(t.Context(), liar, o.ID); !fault.Is(err, fault.Hidden) {
		t.Errorf("without the desk's key: %s", kind(err))
	}
	locked := keyring.NewBearer(w.people["ana"].Actor, nil)
	if _, err := w.Confidential(t.Context(), locked, o.ID); !fault.Is(err, fault.Locked) {
		t.Errorf("with keys that are not open: %s", kind(err))
	}
	if _, err := w.Add(t.Context(), locked, body("x"), []directory.Place{place(hidden)}); !fault.Is(err, fault.Locked) {
		t.Errorf("entering with keys that are not open: %s", kind(err))
	}
	// They are replaced when given, and the key with them; the desk's new wrap key opens them too.
	given := []directory.Place{place("Другото место"), all[0]}
	_, err = w.Change(t.Context(), w.people["ana"], o.ID, o.Version, w.show(o.ID).Body, &given)
	w.must(err)
	w.must(w.keys.Rotate(t.Context(), w.people["ana"], "shelter"))
	all, err = w.Confidential(t.Context(), w.people["ana"], o.ID)
	w.must(err)
	if len(all) != 2 || all[0].Address.Line1 != "Другото место" || all[1].ID != given[1].ID {
		t.Errorf("after the change: %+v", all)
	}
	none := []directory.Place{}
	_, err = w.Change(t.Context(), w.people["ana"], o.ID, 2, w.show(o.ID).Body, &none)
	w.must(err)
	if all, err = w.Confidential(t.Context(), w.people["ana"], o.ID); err != nil || len(all) != 0 || w.show(o.ID).Confidential {
		t.Errorf("after taking them away: %v, %v", all, err)
	}
}

// What the thief of a database, a backup or an export has.
func TestConfidentialPlaceIsNowhereInClear(t *testing.T) {
	w := newWorld(t)
	o := w.add("ana", "House")
	file := `[{"id":"6f1c8f9e-1111-4222-8333-444455556666","name":"Imported","description":"d","locations":[
		{"id":"6f1c8f9e-1111-4222-8333-444455557777","location_type":"physical","addresses":[{"id":"6f1c8f9e-1111-4222-8333-444455558888",
		"address_1":"` + hidden + `","city":"Тетово","state_province":"","postal_code":"","country":"MK","address_type":"physical"}]}]}]`
	report, err := w.Import(t.Context(), w.people["ana"], []byte(file), directory.Reading{})
	w.must(err)
	var content, keys bytes.Buffer
	w.must(w.db.Dump(t.Context(), map[store.Class]io.Writer{store.Content: &content, store.Keys: &keys}))
	exported, err := w.Export(t.Context(), w.people["ana"].Actor)
	w.must(err)
	listed, err := w.List(t.Context(), w.people["ana"].Actor, directory.Filter{})
	w.must(err)
	bad := place(hidden)
	bad.Address.Country = hidden
	_, refused := w.Add(t.Context(), w.people["ana"], body("x"), []directory.Place{bad})
	if kind(refused) != "invalid directory.field" {
		t.Errorf("a place in no country: %s", kind(refused))
	}
	for name, b := range map[string][]byte{
		"content": content.Bytes(), "keys": keys.Bytes(), "export": exported, "list": encoded(t, listed), "report": encoded(t, report),
		"fault": append(encoded(t, refused), refused.Error()...),
	} {
		for _, part := range []string{"Планинска", "17-ПОСАДЕНО", encodedText(t, "Планинска")} {
			if bytes.Contains(b, []byte(part)) {
				t.Errorf("%s holds %q", name, part)
			}
		}
	}
	if !bytes.Contains(exported, []byte("Плоштад 1")) || !bytes.Contains(content.Bytes(), []byte(o.ID)) {
		t.Error("the public place is not in the export, or the dump is empty: this test would not see anything")
	}
}

func TestOldLightIsUnknownAndOldRecordIsStale(t *testing.T) {
	w := newWorld(t)
	d, err := directory.Shipped()
	w.must(err)
	for _, n := range []directory.Number{d.StaleDays, d.CapacityHours} {
		if n.Origin.Status != "unverified" || n.Origin.Source == "" {
			t.Errorf("%+v: nobody has confirmed this number", n)
		}
	}
	o := w.add("ana", "House")
	first := o.Body.Services[0].ID
	light := func(want directory.Light) {
		t.Helper()
		if got := w.show(o.ID).Capacity[0].Light; got != want {
			t.Errorf("light %s, want %s", got, want)
		}
	}
	light(directory.Unknown)
	w.must(w.Say(t.Context(), w.people["ana"].Actor, o.ID, first, directory.Few, w.said(o.ID, first)))
	light(directory.Few)
	w.now = w.now.Add(time.Duration(d.CapacityHours.Value)*time.Hour - time.Second)
	light(directory.Few)
	w.now = w.now.Add(time.Second)
	light(directory.Unknown)
	w.must(w.Say(t.Context(), w.people["ana"].Actor, o.ID, first, directory.Full, w.said(o.ID, first)))
	light(directory.Full)

	if w.show(o.ID).Stale {
		t.Error("a new record is stale")
	}
	w.now = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC).AddDate(0, 0, int(d.StaleDays.Value))
	if !w.show(o.ID).Stale {
		t.Error("an old record is not stale")
	}
	_, err = w.Verify(t.Context(), w.people["ana"].Actor, o.ID, 1)
	w.must(err)
	if w.show(o.ID).Stale {
		t.Error("a confirmed record is stale")
	}
	for _, c := range []struct {
		who     string
		service string
		light   directory.Light
		want    string
	}{
		{"ana", string(first), "green", "invalid directory.field"},
		{"ana", "none", directory.Free, "not-found fault.not-found"},
		{"sara", string(first), directory.Free, "denied access.denied"},
		{"vera", string(first), directory.Free, "denied access.denied"},
	} {
		if err := w.Say(t.Context(), w.people[c.who].Actor, o.ID, serviceID(c.service), c.light, w.said(o.ID, serviceID(c.service))); kind(err) != c.want {
			t.Errorf("%s says %s of %s: %s, want %s", c.who, c.light, c.service, kind(err), c.want)
		}
	}
}

func TestOnlyTheKeepingDeskChanges(t *testing.T) {
	w := newWorld(t)
	o := w.add("ana", "House")
	for _, who := range []string{"sara", "vera", "nada"} {
		if _, err := w.Change(t.Context(), w.people[who], o.ID, 1, body("Other"), nil); !fault.Is(err, fault.Denied) {
			t.Errorf("%s changes: %s", who, kind(err))
		}
		if _, err := w.Verify(t.Context(), w.people[who].Actor, o.ID, 1); !fault.Is(err, fault.Denied) {
			t.Errorf("%s confirms: %s", who, kind(err))
		}
	}
	for _, who := range []string{"vera", "nada"} {
		if _, err := w.Add(t.Context(), w.people[who], body("Own"), nil); !fault.Is(err, fault.Denied) {
			t.Errorf("%s enters: %s", who, kind(err))
		}
		if _, err := w.Import(t.Context(), w.people[who], []byte("[]"), directory.Reading{}); !fault.Is(err, fault.Denied) {
			t.Errorf("%s imports: %s", who, kind(err))
		}
	}
}

func TestOrganisationsThatCannotBe(t *testing.T) {
	w := newWorld(t)
	for field, spoil := range map[string]func(*directory.Body){
		"name":                 func(b *directory.Body) { b.Name = " " },
		"description":          func(b *directory.Body) { b.Description = "\x00" },
		"email":                func(b *directory.Body) { b.Email = "Ana <a@b.c>" },
		"website":              func(b *directory.Body) { b.Website = "javascript:alert(1)" },
		"phone":                func(b *directory.Body) { b.Phone = "call me" },
		"services.code":        func(b *directory.Body) { b.Services[0].Code = "magic" },
		"services.name":        func(b *directory.Body) { b.Services[0].Name = "" },
		"services.description": func(b *directory.Body) { b.Services[0].Description = strings.Repeat("x", 5000) },
		"services.languages":   func(b *directory.Body) { b.Services[0].Languages = []string{"м"} },
		"services.service":     func(b *directory.Body) { b.Services[0].ID = "somebody else's" },
		"places.line1":         func(b *directory.Body) { b.Places[0].Address.Line1 = "" },
		"places.name":          func(b *directory.Body) { b.Places[0].Name = "a door \u202e that is another" }, // written backwards
		"places.city":          func(b *directory.Body) { b.Places[0].Address.City = "" },
		"places.country":       func(b *directory.Body) { b.Places[0].Address.Country = "mk" },
		"places.place":         func(b *directory.Body) { b.Places[0].ID = "somebody else's" },
	} {
		b := body("House")
		spoil(&b)
		_, err := w.Add(t.Context(), w.people["ana"], b, nil)
		_, k, args := fault.Public(err)
		if k != "directory.field" || args["field"] != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	nowhere := body("House")
	nowhere.Places[0].Address.Country = "YU"
	if _, err := w.Add(t.Context(), w.people["ana"], nowhere, nil); kind(err) != "invalid person.country" {
		t.Errorf("a place in a country that is no more: %s", kind(err))
	}
	many := body("House")
	many.Services = make([]directory.Offer, 101)
	if _, err := w.Add(t.Context(), w.people["ana"], many, nil); kind(err) != "too-large directory.many" {
		t.Errorf("101 services: %s", kind(err))
	}
	if _, err := w.List(t.Context(), w.people["ana"].Actor, directory.Filter{Limit: 201}); kind(err) != "invalid directory.field" {
		t.Errorf("a page of 201: %s", kind(err))
	}
}

func encoded(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
