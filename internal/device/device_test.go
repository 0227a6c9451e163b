package device_test

import (
	"encoding/json"
	"math/rand"
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/device"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
)

func (o *shelter) prepare(who string) device.Device {
	o.t.Helper()
	d, err := o.dev.Prepare(o.ctx, o.people[who])
	o.must(err)
	return d
}

// draft is what a device sends: one answer, which is where she may be reached.
func draft(d device.Device, name id.Draft, version int64, way string) []byte {
	raw, err := frame.Encode(device.Sent{
		Schema: device.SentName, Device: d.ID, Draft: name, Version: version, Form: "F1", FormVersion: 1, Began: 1, Changed: 2,
		Fields: map[string][]string{"q-safe-way": {way}},
	})
	if err != nil {
		panic(err)
	}
	return raw
}

func filling(way string) form.Filling {
	text, err := json.Marshal(way)
	if err != nil {
		panic(err)
	}
	return form.Filling{Schema: form.FillingName, Language: "ro", Record: form.Record{
		Form: "F1", Version: 1, Answers: map[string]form.Answer{"safe-way": {State: person.Given, Value: text}},
	}}
}

func read(x device.Sent) (device.Content, error) {
	return device.Content{Opening: casefile.Opening{AgeClass: person.AgeUnknown}, Filling: filling(x.Fields["q-safe-way"][0])}, nil
}

func (o *shelter) send(who string, raw []byte) (device.Answer, error) {
	o.t.Helper()
	signed, err := o.dev.Send(o.ctx, o.people[who], raw, read)
	if err != nil {
		return device.Answer{}, err
	}
	o.must(o.node.Public().Verify(seal.DomainOffline, []byte(signed.Answer), signed.Signature))
	var a device.Answer
	o.must(frame.Decode([]byte(signed.Answer), 4096, &a))
	return a, nil
}

func (o *shelter) sent(who string, raw []byte) device.Answer {
	o.t.Helper()
	a, err := o.send(who, raw)
	o.must(err)
	return a
}

func (o *shelter) says(who string, c id.Case, r id.Record) string {
	o.t.Helper()
	x, err := o.dev.Forms.Read(o.ctx, o.people[who], c, r)
	o.must(err)
	var way string
	o.must(json.Unmarshal(x.Answers["safe-way"].Value, &way))
	return way
}

func TestADraftThatIsSentTwiceIsOneAndNothingIsOverwritten(t *testing.T) {
	o := born(t)
	d, name := o.prepare("fana"), id.Random[id.Draft](id.Maker{})
	first := o.sent("fana", draft(d, name, 1, "by the demo window"))
	if first.Outcome != device.Opened || o.says("fana", first.Case, first.Record) != "by the demo window" {
		t.Fatalf("%+v", first)
	}
	if again := o.sent("fana", draft(d, name, 1, "by the demo window")); !slices.Equal(again.Digest, first.Digest) || again.Record != first.Record || again.At != first.At {
		t.Errorf("sent twice: %+v, then %+v", first, again)
	}
	if all, err := o.cases.List(o.ctx, o.people["fana"].Actor, casefile.Filter{Limit: 9}); err != nil || len(all) != 1 {
		t.Errorf("%d cases, %v", len(all), err)
	}
	_, err := o.send("fana", draft(d, name, 1, "something else"))
	o.refused(err, fault.Conflict, "device.older")

	// Nobody has changed it: the next version takes its place.
	second := o.sent("fana", draft(d, name, 3, "by the demo door"))
	if second.Outcome != device.Saved || second.Record != first.Record || second.Beside != "" {
		t.Errorf("%+v", second)
	}
	_, err = o.send("fana", draft(d, name, 2, "late"))
	o.refused(err, fault.Conflict, "device.older")

	// Her deputy goes on with it: what comes then lies beside.
	x, err := o.dev.Forms.Read(o.ctx, o.people["ana"], first.Case, first.Record)
	o.must(err)
	_, err = o.dev.Forms.Save(o.ctx, o.people["ana"], first.Case, first.Record, x.Version, filling("by the deputy"))
	o.must(err)
	third := o.sent("fana", draft(d, name, 4, "by the demo roof"))
	if third.Outcome != device.Beside || third.Case != first.Case || third.Beside != first.Record || third.Record == first.Record {
		t.Fatalf("%+v", third)
	}
	if a, b := o.says("fana", first.Case, third.Record), o.says("fana", first.Case, third.Beside); a != "by the demo roof" || b != "by the deputy" {
		t.Errorf("kept: %q and %q", a, b)
	}
	two, err := o.dev.Both(o.ctx, o.people["fana"], name)
	o.must(err)
	if two.Mine.Record != third.Record || two.Theirs.Record != first.Record || two.Same("safe-way") || !two.Same("age") {
		t.Errorf("%+v", two)
	}
	_, err = o.dev.Both(o.ctx, o.people["ana"], name)
	o.refused(err, fault.NotFound, "")
	if fourth := o.sent("fana", draft(d, name, 5, "by the demo cellar")); fourth.Outcome != device.Saved || fourth.Record != third.Record || fourth.Beside != first.Record {
		t.Errorf("%+v", fourth)
	}

	// A case that is closed takes nothing: what she wrote begins another.
	all, err := o.cases.List(o.ctx, o.people["ana"].Actor, casefile.Filter{Limit: 9})
	o.must(err)
	_, err = o.cases.Close(o.ctx, o.people["ana"], first.Case, all[0].Version, casefile.Closure{Reason: "needs-met", Date: "2026-11-23", Action: "retain"})
	o.must(err)
	if fifth := o.sent("fana", draft(d, name, 6, "by the demo bridge")); fifth.Outcome != device.Opened || fifth.Case == first.Case || o.says("fana", fifth.Case, fifth.Record) != "by the demo bridge" {
		t.Errorf("%+v", fifth)
	}
}

func TestOnlyWhoPreparedADeviceSendsFromIt(t *testing.T) {
	o := born(t)
	d, name := o.prepare("fana"), id.Random[id.Draft](id.Maker{})
	_, err := o.send("ana", draft(d, name, 1, "x"))
	o.refused(err, fault.NotFound, "")
	_, err = o.send("fana", draft(device.Device{ID: id.Random[id.Device](id.Maker{})}, name, 1, "x"))
	o.refused(err, fault.NotFound, "")
	o.join("fana", access.CaseManager, "charity", "clara")
	_, err = o.send("fana", draft(d, name, 1, "x"))
	o.refused(err, fault.Conflict, "device.place")
	if _, err = o.dev.Prepare(o.ctx, o.hire("ada", access.Administrator, "")); !fault.Is(err, fault.Denied) {
		t.Errorf("an administrator prepares a device: %v", err)
	}
	mine := o.prepare("fana")
	o.now = o.now.Add(device.Fresh + time.Second)
	_, err = o.send("fana", draft(mine, name, 1, "x"))
	o.refused(err, fault.Conflict, "device.fresh")
	o.signed = o.now
	o.sent("fana", draft(mine, name, 1, "x"))

	// The same draft from another device of hers is not the same draft.
	other := o.prepare("fana")
	_, err = o.send("fana", draft(other, name, 2, "x"))
	o.refused(err, fault.NotFound, "")
	for range 2 {
		o.prepare("fana")
	}
	_, err = o.dev.Prepare(o.ctx, o.people["fana"])
	o.refused(err, fault.Conflict, "device.many")
}

func TestADeviceIsDiscardedByOrder(t *testing.T) {
	o := born(t)
	d, name := o.prepare("fana"), id.Random[id.Draft](id.Maker{})
	o.hire("ada", access.Administrator, "")
	told := func(of id.Device, nothingLeft bool, want device.Order) {
		t.Helper()
		if got, err := o.dev.Contact(o.ctx, of, "", nothingLeft); err != nil || got != want {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
	sees := func(who string, want int) {
		t.Helper()
		if all, err := o.dev.List(o.ctx, o.people[who].Actor); err != nil || len(all) != want {
			t.Errorf("%s sees %d devices, %v; want %d", who, len(all), err, want)
		}
	}
	told(d.ID, false, device.Keep)
	told(id.Random[id.Device](id.Maker{}), true, device.Strange)
	sees("fana", 1)
	sees("ana", 1)
	sees("ada", 1)
	sees("clara", 0)
	o.refused(o.dev.Discard(o.ctx, o.people["clara"].Actor, d.ID), fault.NotFound, "")
	o.must(o.dev.Discard(o.ctx, o.people["ana"].Actor, d.ID))
	o.refused(o.dev.Discard(o.ctx, o.people["ada"].Actor, d.ID), fault.Conflict, "device.ordered")
	_, err := o.send("fana", draft(d, name, 1, "x"))
	o.refused(err, fault.Conflict, "device.discarded")

	// It hears of it until it has said that nothing is left.
	told(d.ID, false, device.Discard)
	told(d.ID, true, device.Discard)
	told(d.ID, true, device.Discard)
	all, err := o.dev.List(o.ctx, o.people["fana"].Actor)
	o.must(err)
	if all[0].Ordered == 0 || all[0].By != "ana" || all[0].Gone == 0 {
		t.Errorf("%+v", all[0])
	}
	log := &audit.Service{Write: store.Writer[audit.Reader](o.db), Now: o.cases.Now}
	entries, _, err := log.Entries(o.ctx, access.Actor{User: "aleks", Role: access.Auditor, Realm: access.Office, Member: "MK"}, 0, 0)
	o.must(err)
	heard := 0
	for _, e := range entries {
		if e.Entry.Action == access.HearDevice {
			heard++
		}
	}
	if heard != 1 {
		t.Errorf("the log says %d times that nothing is left", heard)
	}

	// Its time, and the place of whoever prepared it, end without an order.
	left, old := o.prepare("fana"), o.prepare("ana")
	told(left.ID, false, device.Keep)
	o.must(o.keys.Remove(o.ctx, o.people["ana"], "shelter", "fana"))
	told(left.ID, false, device.Discard)
	told(old.ID, false, device.Keep)
	o.now = o.now.Add(device.Lives)
	told(old.ID, false, device.Discard)
	o.signed = o.now
	o.sent("ana", draft(old, name, 1, "later than it should")) // what has arrived all the same is not lost
	o.now = o.now.Add(31 * 24 * time.Hour)
	o.prepare("ana")
	told(old.ID, false, device.Strange)
}

// Whatever is edited, lost on the line and changed by a deputy, in any order: what was on the device when it deleted its copy is in the case, and what
// the deputy wrote is there too.
func TestNothingIsLostSilently(t *testing.T) {
	o := born(t)
	luck := rand.New(rand.NewSource(7))
	d := o.prepare("fana")
	taken, conflicts := 0, 0
	for range 12 {
		name, version, way := id.Random[id.Draft](id.Maker{}), int64(0), ""
		var last device.Answer
		deputy := ""
		for done := false; !done; {
			o.now = o.now.Add(time.Second)
			o.signed = o.now
			switch luck.Intn(4) {
			case 0, 1: // she writes
				version++
				way = string(name[:4]) + " " + string(rune('a'+version))
			case 2: // the deputy writes into what she sees
				if last.Case == "" {
					continue
				}
				x, err := o.dev.Forms.Read(o.ctx, o.people["ana"], last.Case, last.Record)
				o.must(err)
				deputy = "deputy " + way
				_, err = o.dev.Forms.Save(o.ctx, o.people["ana"], last.Case, last.Record, x.Version, filling(deputy))
				o.must(err)
			case 3: // it is sent; two answers of three are lost, and the device keeps its copy
				if version == 0 {
					continue
				}
				before := last
				last = o.sent("fana", draft(d, name, version, way))
				if last.Version != version {
					t.Fatalf("answered for version %d, sent %d", last.Version, version)
				}
				if last.Outcome == device.Beside && before.Version != version {
					conflicts++
					if got := o.says("fana", last.Case, last.Beside); got != deputy {
						t.Fatalf("what the deputy wrote is %q, was %q", got, deputy)
					}
				}
				if luck.Intn(3) > 0 {
					continue
				}
				done, taken = true, taken+1
				if got := o.says("fana", last.Case, last.Record); got != way && got != deputy {
					t.Fatalf("kept is %q, the device had %q and the deputy %q", got, way, deputy)
				}
			}
		}
	}
	if taken != 12 || conflicts == 0 {
		t.Errorf("%d drafts were taken, with %d conflicts", taken, conflicts)
	}
	if all, err := o.cases.List(o.ctx, o.people["fana"].Actor, casefile.Filter{Limit: 99}); err != nil || len(all) != 12 {
		t.Errorf("%d cases, %v", len(all), err)
	}
}

func TestWhatADeviceSendsIsJudged(t *testing.T) {
	d, name := device.Device{ID: id.Random[id.Device](id.Maker{})}, id.Random[id.Draft](id.Maker{})
	good := draft(d, name, 1, "x")
	if _, err := device.ParseSent(good); err != nil {
		t.Fatal(err)
	}
	spoil := func(change func(map[string]any)) []byte {
		var m map[string]any
		if err := json.Unmarshal(good, &m); err != nil {
			t.Fatal(err)
		}
		change(m)
		raw, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	many := map[string]any{}
	for range 301 {
		many["q-"+string(id.Random[id.Draft](id.Maker{}))] = []string{"x"}
	}
	for what, raw := range map[string][]byte{
		"nothing": nil, "a list": []byte("[]"), "more behind": append(slices.Clone(good), '1'),
		"another schema": spoil(func(m map[string]any) { m["schema"] = "opentrm/offline-draft/2" }),
		"a short name":   spoil(func(m map[string]any) { m["draft"] = "abc" }),
		"no device":      spoil(func(m map[string]any) { delete(m, "device") }),
		"version 0":      spoil(func(m map[string]any) { m["version"] = 0 }),
		"a stranger":     spoil(func(m map[string]any) { m["case"] = "x" }),
		"no fields":      spoil(func(m map[string]any) { m["fields"] = nil }),
		"many fields":    spoil(func(m map[string]any) { m["fields"] = many }),
		"an empty field": spoil(func(m map[string]any) { m["fields"] = map[string]any{"q-a": []string{}} }),
		"an odd name":    spoil(func(m map[string]any) { m["fields"] = map[string]any{"Q a": []string{"x"}} }),
		"a long value":   spoil(func(m map[string]any) { m["fields"] = map[string]any{"q-a": []string{string(make([]rune, 8193))}} }),
	} {
		if _, err := device.ParseSent(raw); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := device.ParseSent(make([]byte, device.MaxSent+1)); !fault.Is(err, fault.TooLarge) {
		t.Error(err)
	}
}

// Whatever a device sends, it is refused or it is what it says, and its canonical form is read the same.
func FuzzParseSent(f *testing.F) {
	f.Add(draft(device.Device{ID: "0123456789abcdefghjkmnpqrs"}, "0123456789abcdefghjkmnpqrs", 1, "x"))
	f.Add([]byte(`{"schema":"opentrm/offline-draft/1"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		x, err := device.ParseSent(raw)
		if err != nil {
			return
		}
		again, err := frame.Encode(x)
		if err != nil {
			t.Fatal(err)
		}
		y, err := device.ParseSent(again)
		if err != nil || y.Draft != x.Draft || y.Version != x.Version || len(y.Fields) != len(x.Fields) {
			t.Fatalf("%v: %+v", err, y)
		}
	})
}
