package course_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/calendar"
	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

const vectors = "../../spec/testdata/referral"

// vector is a file of spec/testdata/referral: "name: value" lines, some names more than once. What must be
// written down is spec/referral.md 10.
type vector [][2]string

func (v vector) get(name string) string {
	for _, l := range v {
		if l[0] == name {
			return l[1]
		}
	}
	return ""
}

func (v vector) all(name string) []string {
	var out []string
	for _, l := range v {
		if l[0] == name {
			out = append(out, l[1])
		}
	}
	return out
}

func (v *vector) add(name, value string) { *v = append(*v, [2]string{name, value}) }

func (v vector) String() string {
	var b strings.Builder
	for _, l := range v {
		fmt.Fprintf(&b, "%s: %s\n", l[0], l[1])
	}
	return b.String()
}

func readVector(t *testing.T, path string) vector {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var v vector
	for line := range strings.Lines(string(b)) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		if !ok {
			t.Fatalf("%s: %q is no line of a vector", path, line)
		}
		v.add(name, value)
	}
	return v
}

func TestVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	paths, err := filepath.Glob(vectors + "/*")
	if err != nil || len(paths) < 30 {
		t.Fatalf("%d vectors, %v", len(paths), err)
	}
	kinds := map[string]func(*testing.T, vector){"event": eventVector, "fold": foldVector, "period": periodVector}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			v := readVector(t, path)
			if v.get("kind") == "request" || v.get("kind") == "words" {
				return // package referral reads them
			}
			check := kinds[v.get("kind")]
			if check == nil || v.get("spec") != "referral 1.0.0" || v.get("what") == "" {
				t.Fatalf("unknown vector\n%s", v)
			}
			check(t, v)
		})
	}
}

// eventVector: valid events must read, write the same bytes, and carry the digest and signature; others must be
// refused with the kind and key.
func eventVector(t *testing.T, v vector) {
	raw := []byte(v.get("event"))
	e, err := course.Parse(raw)
	if v.get("must") != "accept" {
		if err == nil {
			err = e.Known(course.Codes())
		}
		if err == nil {
			t.Fatal("it was accepted")
		}
		kind, key, _ := fault.Public(err)
		if got := fmt.Sprintf("refuse %s %s", kind, key); got != v.get("must") {
			t.Errorf("%s, want %s", got, v.get("must"))
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if again, err := e.Bytes(); err != nil || !bytes.Equal(again, raw) {
		t.Errorf("written again as %s, %v", again, err)
	}
	if d, err := e.Digest(); err != nil || string(d) != v.get("digest") {
		t.Errorf("digest %s, %v", d, err)
	}
	var key seal.SignPublic
	if err := key.UnmarshalText([]byte(v.get("public"))); err != nil {
		t.Fatal(err)
	}
	var sig seal.Signature
	if err := sig.UnmarshalText([]byte(v.get("signature"))); err != nil {
		t.Fatal(err)
	}
	if back, err := (course.Signed{Event: raw, Signature: sig}).Open(key); err != nil || back != e {
		t.Errorf("signature: %v", err)
	}
	seed, err := hex.DecodeString(v.get("seed"))
	if err != nil {
		t.Fatal(err)
	}
	private, err := seal.ParseSignPrivate(seed)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := e.Sign(private); err != nil || s.Signature != sig {
		t.Errorf("signed again differently: %v", err)
	}
}

// foldVector: the events, in the order given, reversed and doubled, tell the state written below them.
func foldVector(t *testing.T, v vector) {
	th, events := threadOf(t, v), []course.Event{}
	for _, raw := range v.all("event") {
		e, err := course.Parse([]byte(raw))
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		events = append(events, e)
	}
	back := slices.Clone(events)
	slices.Reverse(back)
	for _, es := range [][]course.Event{events, back, slices.Concat(events, back)} {
		if got, want := told(course.Fold(th, es)).String(), rest(v).String(); got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
	}
}

func threadOf(t *testing.T, v vector) course.Thread {
	t.Helper()
	from, err := id.ParseAddress(v.get("sender"))
	if err != nil {
		t.Fatal(err)
	}
	to, err := id.ParseAddress(v.get("receiver"))
	if err != nil {
		t.Fatal(err)
	}
	return course.Thread{Referral: id.Referral(v.get("referral")), Sender: from, Receiver: to}
}

// rest is what follows the events of a fold vector.
func rest(v vector) vector {
	i := slices.IndexFunc(v, func(l [2]string) bool { return l[0] == "status" })
	return v[max(i, 0):]
}

// told writes what a state must be: the status, then only what is out of the ordinary.
func told(s course.State) vector {
	var v vector
	v.add("status", string(s.Status))
	for _, e := range s.History {
		if e.Standing != course.Counted {
			v.add("standing", fmt.Sprintf("%s %s", e.Digest, e.Standing))
		}
	}
	for _, l := range s.Lost {
		v.add("lost", fmt.Sprintf("%s by %s", l.Digest, l.By))
	}
	for _, c := range s.Conflicts {
		v.add("conflict", fmt.Sprintf("%s %s %d", c.Kind, c.Side, c.Seq))
	}
	for _, p := range s.Missing {
		v.add("missing", fmt.Sprintf("%s %d", p.Side, p.Seq))
	}
	return v
}

// periodVector: the period that begins at from ends at to.
func periodVector(t *testing.T, v vector) {
	zone, err := time.LoadLocation(v.get("zone"))
	if err != nil {
		t.Fatal(err)
	}
	c := calendar.Calendar{Zone: zone, Weekend: []time.Weekday{time.Saturday, time.Sunday}, Holidays: v.all("holiday")}
	var p calendar.Period
	if _, err := fmt.Sscanf(v.get("period"), "%d %s", &p.N, &p.Unit); err != nil {
		t.Fatal(err)
	}
	from, err := time.Parse(time.RFC3339, v.get("from"))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.After(from, p).Format(time.RFC3339); got != v.get("to") {
		t.Errorf("%s, want %s", got, v.get("to"))
	}
}
