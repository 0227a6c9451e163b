package directory_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/directory"
)

// A clinic in a file: two services and a location, each of which may say something else.
const clinic = `[{"id":"ac148810-d857-441c-9679-408f346de14b","name":"NAME","description":"d",
 "locations":[{"id":"3a757ea1-1111-4222-8333-444455556666","location_type":"physical","name":"Hall","addresses":[{"address_1":"STREET","city":"Скопје","country":"MK"}]}],
 "services":[
  {"id":"ac148810-1111-4222-8333-444455556666","name":"LAWYER","status":"active","assured_date":"ASSURED","attributes":[{"taxonomy_term":{"code":"legal"}}]},
  {"id":"ac148810-2222-4222-8333-444455556666","name":"Doctor","status":"STATUS","attributes":[{"taxonomy_term":{"code":"CODE"}}]}]}]`

// says is the clinic with other words.
func says(pairs ...string) string {
	all := append(pairs, "NAME", "Clinic", "STREET", "Улица 1", "LAWYER", "Lawyer", "STATUS", "active", "CODE", "medical", "ASSURED", "2026-01-01")
	return strings.NewReplacer(all...).Replace(clinic)
}

// results says in a line what became of each item of a file: kind by kind in the order of the report.
func (w *world) take(who, file string, how directory.Reading) string {
	w.t.Helper()
	items, err := w.Import(w.t.Context(), w.people[who], []byte(file), how)
	w.must(err)
	var out []string
	for _, i := range items {
		line := i.Kind[:3] + " " + string(i.Result)
		if i.Key != "" {
			line += " " + strings.TrimPrefix(i.Key, "directory.import.")
		}
		if i.Over {
			line += " over"
		}
		if i.Confidential {
			line += " sealed"
		}
		out = append(out, line)
	}
	return strings.Join(out, ", ")
}

func (w *world) only() directory.Organisation {
	w.t.Helper()
	all, err := w.List(w.t.Context(), w.people["ana"].Actor, directory.Filter{Ended: true})
	w.must(err)
	if len(all) != 1 {
		w.t.Fatalf("%d organisations", len(all))
	}
	return all[0]
}

func (w *world) takes(what, who, file string, how directory.Reading, want string) {
	w.t.Helper()
	if got := w.take(who, file, how); got != want {
		w.t.Errorf("%s:\n got %s\nwant %s", what, got, want)
	}
}

func TestAFileIsTakenAgainAndChangesWhatChanged(t *testing.T) {
	for _, public := range []bool{true, false} {
		t.Run(fmt.Sprint("public ", public), func(t *testing.T) {
			w := newWorld(t)
			how, sealed := directory.Reading{Public: public}, ""
			if !public {
				sealed = " sealed"
			}
			w.takes("first", "ana", says(), how, "org created, ser created, ser created, loc created"+sealed)
			before := w.only()
			w.now = w.now.Add(time.Hour)
			w.takes("again", "ana", says(), how, "org unchanged, ser unchanged, ser unchanged, loc unchanged"+sealed)
			if d := cmp.Diff(before, w.only()); d != "" {
				t.Errorf("taking it again changed something:\n%s", d)
			}
			w.takes("one name", "ana", says("LAWYER", "Law clinic"), how, "org unchanged, ser changed, ser unchanged, loc unchanged"+sealed)
			w.takes("all of it", "ana", says("NAME", "Poly", "LAWYER", "Law", "CODE", "psychological", "STREET", "Улица 2"), how, "org changed, ser changed, ser changed, loc changed"+sealed)
			after := w.only()
			if after.Body.Name != "Poly" || after.Body.Services[0].ID != before.Body.Services[0].ID || after.Body.Services[1].Code != "psychological" || after.Verified != 0 || !after.Stale {
				t.Errorf("after the changes: %+v", after)
			}
			where := after.Body.Places
			if !public {
				var err error
				where, err = w.Confidential(t.Context(), w.people["ana"], after.ID)
				w.must(err)
			}
			if len(where) != 1 || where[0].Address.Line1 != "Улица 2" {
				t.Errorf("places: %+v", where)
			}
			if gone := len(w.erasures(directory.ErasedPlaces)); gone != map[bool]int{true: 0, false: 1}[public] {
				t.Errorf("%d erasures: an address that is no more true rests in backups", gone)
			}
			w.takes("by another desk", "sara", says(), how, "org refused desk")
		})
	}
}

// What was changed or confirmed here is newer than the file, until the file was confirmed later or somebody says so.
func TestWhatIsNewerHereIsLeftAndNamed(t *testing.T) {
	w := newWorld(t)
	how := directory.Reading{Public: true}
	w.takes("first", "ana", says(), how, "org created, ser created, ser created, loc created")
	o := w.only()
	b := o.Body
	b.Services[0].Name = "Our lawyer"
	w.now = w.now.Add(time.Hour)
	_, err := w.Change(t.Context(), w.people["ana"], o.ID, o.Version, b, nil)
	w.must(err)
	w.takes("the same file", "ana", says(), how, "org unchanged, ser unchanged, ser unchanged, loc unchanged")
	w.takes("what was changed and what was confirmed with it", "ana", says("LAWYER", "Their lawyer", "NAME", "Poly"), how,
		"org conflict newer, ser conflict newer, ser unchanged, loc unchanged")
	w.takes("what is new beside it", "ana", says("LAWYER", "Their lawyer", "NAME", "Poly", "STREET\"", "Улица 9\""), how,
		"org conflict newer, ser conflict newer, ser unchanged, loc conflict newer")
	if got := w.only(); got.Body.Services[0].Name != "Our lawyer" || got.Body.Name != "Clinic" || got.Verified == 0 {
		t.Errorf("what was left: %+v", got)
	}
	added := strings.Replace(says("LAWYER", "Their lawyer", "NAME", "Poly"), `"services":[`, `"services":[
		{"id":"ac148810-3333-4222-8333-444455556666","name":"Language","status":"active","attributes":[{"taxonomy_term":{"code":"interpretation"}}]},`, 1)
	for _, again := range []string{"created", "unchanged"} { // what came with it does not open the rest
		w.takes("a service beside it", "ana", added, how, "org conflict newer, ser "+again+", ser conflict newer, ser unchanged, loc unchanged")
	}
	w.takes("the file says again what it said", "ana", says(), how, "org unchanged, ser unchanged, ser unchanged, loc unchanged, ser missing")
	w.takes("all the same", "ana", says("LAWYER", "Their lawyer", "NAME", "Poly"), directory.Reading{Public: true, Overwrite: true},
		"org changed, ser changed over, ser unchanged, loc unchanged, ser missing")
	if got := w.only(); got.Body.Services[0].Name != "Their lawyer" || got.Body.Name != "Poly" || got.Verified != 0 {
		t.Errorf("what was overwritten: %+v", got)
	}
	// Confirmed here, and later there.
	got := w.only()
	w.now = w.now.Add(time.Hour)
	_, err = w.Verify(t.Context(), w.people["ana"].Actor, got.ID, got.Version)
	w.must(err)
	w.takes("confirmed there before", "ana", says("NAME", "Third", "LAWYER", "Their lawyer", "ASSURED", "2026-03-01"), how, "org conflict newer, ser unchanged, ser unchanged, loc unchanged, ser missing")
	w.takes("confirmed there later", "ana", says("NAME", "Third", "LAWYER", "Their lawyer", "ASSURED", "2026-03-02"), how, "org changed, ser unchanged, ser unchanged, loc unchanged, ser missing")
}

// What the file has no more is named, and ends where the file is whole; what ended here comes back by no file.
func TestWhatLeavesTheFile(t *testing.T) {
	w := newWorld(t)
	told := w.told()
	how := directory.Reading{}
	w.takes("first", "ana", says(), how, "org created, ser created, ser created, loc created sealed")
	o := w.only()
	w.must(w.name(o.ID, o.Body.Services[1].ID, "other"))
	w.takes("it stopped", "ana", says("STATUS", "defunct"), how, "org unchanged, ser unchanged, ser ended, loc unchanged sealed")
	if e := w.only().EndOf(directory.OneService, string(o.Body.Services[1].ID)); e == nil || e.Reason != "source" || !slices.Equal(*told, []string{"directory.ended other"}) {
		t.Errorf("the end: %+v, told %v", e, *told)
	}
	w.takes("it stopped before", "ana", says("STATUS", "defunct"), how, "org unchanged, ser unchanged, ser unchanged, loc unchanged sealed")
	w.takes("it is there again", "ana", says(), how, "org unchanged, ser unchanged, ser conflict ended, loc unchanged sealed")
	bare := `[{"id":"ac148810-d857-441c-9679-408f346de14b","name":"Clinic","description":"d"}]`
	w.takes("parts are missing", "ana", bare, how, "org unchanged, ser missing, loc missing sealed")
	w.takes("the file is whole", "ana", bare, directory.Reading{Complete: true}, "org unchanged, ser ended, loc ended sealed")
	if got := w.only(); got.Confidential || len(w.erasures(directory.ErasedPlaces)) != 1 {
		t.Errorf("the address is kept: %+v", got)
	}
	w.takes("whole and again", "ana", bare, directory.Reading{Complete: true}, "org unchanged")
	w.takes("the address comes back", "ana", says("STATUS", "defunct"), how, "org unchanged, ser conflict ended, ser unchanged, loc conflict removed")
	if w.only().Confidential {
		t.Error("a destroyed address came back")
	}
	got := w.only()
	_, err := w.End(t.Context(), w.people["ana"], got.ID, got.Version, directory.Ending{Part: directory.Whole, Reason: "closed", On: "2026-03-01"})
	w.must(err)
	w.takes("all of it has ended", "ana", says(), how, "org conflict ended")
	other := newWorld(t)
	other.takes("what has ended and nobody knew", "ana", says("STATUS", "defunct", `"active"`, `"defunct"`), how, "org refused status")
}

// A shelter by the newest file: what was public until now is sealed.
func TestAClinicThatBecomesAShelterIsSealed(t *testing.T) {
	w := newWorld(t)
	how := directory.Reading{Public: true}
	w.takes("first", "ana", says(), how, "org created, ser created, ser created, loc created")
	w.takes("a shelter", "ana", says("CODE", "accommodation"), how, "org unchanged, ser unchanged, ser changed, loc changed sealed")
	got := w.only()
	all, err := w.Confidential(t.Context(), w.people["ana"], got.ID)
	w.must(err)
	if len(got.Body.Places) != 0 || len(all) != 1 || all[0].Address.Line1 != "Улица 1" {
		t.Errorf("%+v, %+v", got, all)
	}
	w.takes("again", "ana", says("CODE", "accommodation"), how, "org unchanged, ser unchanged, ser unchanged, loc unchanged sealed")
	w.takes("a clinic again", "ana", says(), how, "org unchanged, ser unchanged, ser changed, loc unchanged sealed")
}

// What one node says leaves it, comes into another, changes there when it changed here, and ends there when it ended here.
func TestTwoNodesKeepTheSameDirectory(t *testing.T) {
	here, there := newWorld(t), newWorld(t)
	b := body("Clinic")
	b.Services[0].Code = "medical"
	o, err := here.Add(t.Context(), here.people["ana"], b, nil)
	here.must(err)
	how := directory.Reading{Public: true}
	carry := func(what, want string) {
		t.Helper()
		file, err := here.Export(t.Context(), here.people["ana"].Actor)
		here.must(err)
		there.takes(what, "ana", string(file), how, want)
	}
	carry("first", "org created, ser created, ser created, loc created")
	carry("again", "org unchanged, ser unchanged, ser unchanged, loc unchanged")
	here.now, there.now = here.now.Add(48*time.Hour), there.now.Add(48*time.Hour)
	b = o.Body
	b.Services[1].Name = "Law"
	v, err := here.Change(t.Context(), here.people["ana"], o.ID, 1, b, nil)
	here.must(err)
	carry("changed", "org unchanged, ser unchanged, ser changed, loc unchanged")
	_, err = here.End(t.Context(), here.people["ana"], o.ID, v, directory.Ending{Part: directory.OneService, ID: string(o.Body.Services[1].ID), Reason: "service-stopped", On: "2026-03-03"})
	here.must(err)
	carry("ended", "org unchanged, ser unchanged, ser ended, loc unchanged")
	got := there.only()
	there.now = there.now.Add(time.Minute)
	_, err = there.Verify(t.Context(), there.people["ana"].Actor, got.ID, got.Version)
	there.must(err)
	_, err = here.End(t.Context(), here.people["ana"], o.ID, v+1, directory.Ending{Part: directory.Whole, Reason: "closed", On: "2026-03-03"})
	here.must(err)
	carry("confirmed there on the same day", "org unchanged, ser conflict newer, ser unchanged, loc missing")
	how.Overwrite = true
	carry("all the same", "org unchanged, ser ended over, ser unchanged, loc missing")
}
