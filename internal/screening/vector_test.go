package screening_test

import (
	"flag"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/screening"
	"github.com/opentrm/opentrm/internal/spectest"
)

var update = flag.Bool("update", false, "write the vectors")

const vectors = "../../spec/testdata/screening"

// judged reads and judges a sheet as a reader of spec/screening.md does, and says what comes out.
func judged(d screening.Data, raw []byte) (screening.Sheet, screening.Result, error) {
	s, err := d.ParseSheet(raw)
	if err != nil {
		return s, screening.Result{}, err
	}
	r, err := d.Judge(s)
	if err != nil {
		return s, r, err
	}
	return s, r, screening.Apart(s, r)
}

// told is what a vector says of a sheet that is accepted.
func told(r screening.Result) spectest.Vector {
	v := spectest.Vector{"suggestion": string(r.Suggestion), "official": strconv.FormatBool(r.Verified)}
	if r.Rule != "" {
		v["rule"], v["rests"] = r.Rule, strings.Join(r.Rests, " ")
	}
	for _, j := range r.Dimensions {
		if j.Met {
			v["met "+j.Dimension] = j.Rule + " by " + strings.Join(j.Because, " ")
		}
	}
	return v
}

// TestVectors runs spec/testdata/screening; -update writes it.
func TestVectors(t *testing.T) {
	d := shipped(t)
	if *update {
		writeVectors(t, d)
	}
	suggestions := map[string]bool{}
	spectest.Vectors(t, vectors, func(t *testing.T, v spectest.Vector) error {
		raw := []byte(v["sheet"])
		if n, err := strconv.Atoi(v["spaces-before"]); err == nil {
			raw = slices.Concat([]byte(strings.Repeat(" ", n)), raw)
		}
		s, r, err := judged(d, raw)
		if err != nil {
			return err
		}
		if got := string(encoded(t, s)); got != v["sheet"] {
			t.Errorf("written again: %s", got)
		}
		want := told(r)
		for name, value := range want {
			if v[name] != value {
				t.Errorf("%s: %q, want %q", name, value, v[name])
			}
		}
		for name := range v {
			if _, ok := want[name]; strings.HasPrefix(name, "met ") && !ok {
				t.Errorf("%s is not met", name)
			}
		}
		suggestions[v["suggestion"]] = true
		return nil
	})
	if len(suggestions) != 3 {
		t.Errorf("the vectors suggest %v only", suggestions)
	}
}

func writeVectors(t *testing.T, d screening.Data) {
	save := func(name, what, text string, more spectest.Vector) {
		v := spectest.Vector{"sheet": text}
		raw := text
		if n, err := strconv.Atoi(more["spaces-before"]); err == nil {
			v["spaces-before"], raw = more["spaces-before"], strings.Repeat(" ", n)+text
		}
		_, r, err := judged(d, []byte(raw))
		if err == nil {
			for k, x := range told(r) {
				v[k] = x
			}
		}
		spectest.Save(t, vectors, name, what, err, v)
	}
	sheets := func(name, what string, s screening.Sheet) { save(name, what, string(encoded(t, s)), nil) }
	sheets("none-asked", "nothing was asked: that suggests nothing, and says nothing of a person", sheet("adult-labour"))
	sheets("none-no", "everything that counts was answered, none of it with yes", func() screening.Sheet {
		s := sheet("adult-labour")
		for _, i := range d.In("adult-labour") {
			s.Answers[i.ID] = screening.No
		}
		return s
	}())
	sheets("every-answer", "each of the six answers, observations, and a disagreement", full())
	for _, set := range []string{"adult-labour", "child-labour"} {
		all := sheet(set)
		for _, i := range d.In(set) {
			all.Answers[i.ID] = screening.Yes
		}
		sheets(set+"-all", "every indicator was answered with yes", all)
		// one dimension after the other, the strongest two of each
		s := sheet(set)
		for n, m := range d.Dimensions {
			var own []screening.Indicator
			for _, i := range d.In(set) {
				if i.Dimension == m.Key {
					own = append(own, i)
				}
			}
			for _, i := range own[:min(3, len(own))] {
				s.Answers[i.ID] = screening.Yes
			}
			sheets(set+"-to-"+strconv.Itoa(n+1), "three answers with yes in each dimension up to "+m.Key, s)
		}
	}
	good := string(encoded(t, sheet("adult-labour", "1.1")))
	for _, c := range [][4]string{
		{"refuse-name", "a name that the form does not have", `"set"`, `"sat"`},
		{"refuse-form", "another form", `screening-sheet/1`, `screening-sheet/2`},
		{"refuse-set", "no such set", `adult-labour`, `adult-other`},
		{"refuse-not-loaded", "a set without indicators", `adult-labour`, `adult-sexual`},
		{"refuse-version", "another version of the data", `"version":1`, `"version":2`},
		{"refuse-no-version", "no version", `"version":1`, `"version":0`},
		{"refuse-answer", "an answer that is none", `"yes"`, `"maybe"`},
		{"refuse-indicator", "an indicator that the set does not have", `"1.1"`, `"9.9"`},
		{"refuse-observation", "an observation that is none", `"observed":[]`, `"observed":["x1"]`},
		{"refuse-observed-twice", "an observation twice", `"observed":[]`, `"observed":["g1","g1"]`},
		{"refuse-observed-order", "observations out of order", `"observed":[]`, `"observed":["g2","g1"]`},
		{"refuse-no-victim", "a disagreement that says that somebody is no victim", `"form"`, `"disagreement":{"reason":"x","suggestion":"no-victim"},"form"`},
		{"refuse-no-reason", "a disagreement without a reason", `"form"`, `"disagreement":{"reason":" ","suggestion":"indicated"},"form"`},
		{"refuse-turned", "a reason with a mark that turns the direction of the text", `"form"`, "\"disagreement\":{\"reason\":\"x\u202ey\",\"suggestion\":\"indicated\"},\"form\""},
		{"refuse-same", "a disagreement that says the same", `"form"`, `"disagreement":{"reason":"x","suggestion":"none"},"form"`},
		{"refuse-twice", "a name that stands twice", `"set"`, `"set":"adult-labour","set"`},
	} {
		text := strings.Replace(good, c[2], c[3], 1)
		if text == good {
			t.Fatal(c[0], " spoils nothing")
		}
		save(c[0], c[1], text, nil)
	}
	save("refuse-long", "longer than 64 KiB with the spaces before it", good, spectest.Vector{"spaces-before": strconv.Itoa(screening.MaxSheet)})
}
