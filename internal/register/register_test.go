package register_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/register"
)

var update = flag.Bool("update", false, "write the golden files")

func made(t *testing.T, tag lang.Tag) register.Assessment {
	t.Helper()
	words, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	forms, err := form.Load()
	if err != nil {
		t.Fatal(err)
	}
	law, err := profile.Load()
	if err != nil {
		t.Fatal(err)
	}
	a, err := register.Assess(forms, law, "MK", words.Printer(tag))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// said is the register and the template as text, one line for each thing that is written down.
func said(a register.Assessment) string {
	var b strings.Builder
	for _, x := range a.Register.Activities {
		fmt.Fprintf(&b, "\n%s %d: %s\n  of: %s\n  shared: %v, abroad: %v\n", x.Code, x.Version, x.Title, strings.Join(x.Subjects, "; "), x.Shared, x.Abroad)
		for _, k := range x.Keeps {
			period := "unknown"
			if k.Period != nil {
				period = fmt.Sprintf("%d %s", k.Period.N, k.Period.Unit)
			}
			fmt.Fprintf(&b, "  keep %s: %s from %s, binds %v\n", k.Class, period, k.From, k.Binds)
		}
		for _, d := range x.Data {
			fmt.Fprintf(&b, "  %s: %s | %s | %s | %v\n", d.Code, d.Words, d.Why, d.Keep, d.Sees)
		}
	}
	for _, x := range a.Register.Transfers {
		fmt.Fprintf(&b, "\ntransfer %s to %s: %s\n  %s; consent %v, verified %v\n", x.Key, x.To, x.Text, strings.Join(x.Bases, "; "), x.Consent, x.Verified)
	}
	fmt.Fprintf(&b, "\nmeasures:\n  %s\n", strings.Join(a.Register.Measures, "\n  "))
	for _, k := range a.Risks {
		fmt.Fprintf(&b, "\nrisk: %s\n  %s\n", k.Words, strings.Join(k.Measures, "\n  "))
	}
	for _, x := range a.Blanks {
		fmt.Fprintf(&b, "\nblank: %s", x.Words)
	}
	return b.String()
}

// TestRegisterIsMadeFromWhatIsAsked holds the register and the template of an assessment against files: a question that is added, or
// kept or seen otherwise, shows there. Every word of both is there in both languages.
func TestRegisterIsMadeFromWhatIsAsked(t *testing.T) {
	for _, tag := range []lang.Tag{"en", "mk"} {
		a := made(t, tag)
		name, got := filepath.Join("testdata", string(tag)+".txt"), said(a)
		if strings.Contains(got, "⟦") {
			t.Errorf("%s: a word is missing", tag)
		}
		if *update {
			if err := os.WriteFile(name, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got); d != "" {
			t.Errorf("%s: the register is another; look at it, and run with -update: %s", tag, d)
		}
		var page bytes.Buffer
		if err := a.HTML(&page); err != nil {
			t.Fatal(err)
		}
		if tag == "mk" {
			for line := range strings.Lines(page.String()) {
				if i := strings.Index(line, "<body>"); i >= 0 && strings.ContainsFunc(stripped(line[i:]), func(r rune) bool { return r < 128 && unicode.IsLetter(r) }) {
					t.Errorf("Latin letters in the page: %.300s", stripped(line[i:]))
				}
			}
		}
		for _, want := range []string{"<h1", "trm-blank", a.Risks[0].Words, a.Register.Activities[0].Data[0].Words} {
			if !strings.Contains(page.String(), want) {
				t.Errorf("%s: the page does not say %s", tag, want)
			}
		}
	}
}

// stripped is what a page says, without marks, codes of forms and file types.
func stripped(s string) string {
	var b strings.Builder
	in := false
	for _, r := range s {
		switch {
		case r == '<':
			in = true
		case r == '>':
			in = false
		case !in:
			b.WriteRune(r)
		}
	}
	out := b.String()
	for _, code := range []string{"HTCDS", "OpenTRM", "GDPR", "CETS"} {
		out = strings.ReplaceAll(out, code, "")
	}
	for i := range 10 {
		out = strings.ReplaceAll(out, fmt.Sprint("F", i), "")
	}
	return out
}

// TestNothingIsWrittenDownWithoutPurposeReaderAndPeriod: a datum that lacks one of them makes the register fail, and says which.
func TestNothingIsWrittenDownWithoutPurposeReaderAndPeriod(t *testing.T) {
	whole := made(t, "en").Register
	if err := whole.Check(); err != nil || len(whole.Activities) < 15 {
		t.Fatalf("%d activities: %v", len(whole.Activities), err)
	}
	for lacks, spoil := range map[string]func(*register.Datum){
		"words":     func(d *register.Datum) { d.Words = "" },
		"purpose":   func(d *register.Datum) { d.Why = "" },
		"reader":    func(d *register.Datum) { d.Sees = nil },
		"retention": func(d *register.Datum) { d.Keep = "for-ever" },
	} {
		for i := range whole.Activities {
			r := made(t, "en").Register
			d := &r.Activities[i].Data[len(r.Activities[i].Data)-1]
			spoil(d)
			err := r.Check()
			if !fault.Is(err, fault.Internal) || !strings.Contains(err.Error(), "register.incomplete") {
				t.Errorf("%s of %s: %v", lacks, r.Activities[i].Code, err)
			}
		}
	}
	for _, a := range whole.Activities {
		if a.Code == "F1" && (len(a.Shared) == 0 || !a.Abroad) {
			t.Errorf("F1 says that nothing is shared: %+v", a.Shared)
		}
		for _, c := range a.Shared {
			if !known(t, c) {
				t.Errorf("%s shares %s", a.Code, c)
			}
		}
	}
	if len(whole.Unknown) == 0 {
		t.Error("every period is confirmed, and nobody has confirmed one")
	}
}

func known(t *testing.T, c consent.Code) bool {
	t.Helper()
	d, err := consent.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range d.Categories {
		if x.Code == c {
			return true
		}
	}
	return false
}

// TestNationalQuestionsAreInTheRegister: what a member asks beside the forms of the network is in its register, in its own words, and in
// nobody else's.
func TestNationalQuestionsAreInTheRegister(t *testing.T) {
	words, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	forms, err := form.Load()
	if err != nil {
		t.Fatal(err)
	}
	law, err := profile.Load()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile("../form/testdata/MK.json")
	if err != nil {
		t.Fatal(err)
	}
	additions, err := form.ParseAdditions(raw)
	if err != nil {
		t.Fatal(err)
	}
	if forms, err = forms.Add(words, additions); err != nil {
		t.Fatal(err)
	}
	for member, want := range map[id.Member]bool{"MK": true, "RS": false} {
		r, err := register.Of(forms, law, member, words.Printer("mk"))
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, d := range r.Activities[0].Data {
			found = found || strings.HasPrefix(d.Code, "mk.") && d.Why != "" && d.Keep != ""
		}
		if found != want {
			t.Errorf("%s: its register has the questions of MK: %v", member, found)
		}
	}
	if _, err := register.Of(forms, law, "ZZ", words.Printer("mk")); !fault.Is(err, fault.Invalid) {
		t.Errorf("the register of nobody: %v", err)
	}
}

// TestWhatQuestionsWereMadeOfIsInTheRegister: the copy for the data-protection officer outlives the case, so the record of processing names it with its own period, which is that by
// which the node destroys it.
func TestWhatQuestionsWereMadeOfIsInTheRegister(t *testing.T) {
	law, err := profile.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range made(t, "en").Register.Activities {
		for _, k := range a.Keeps {
			if k.Class != "lookup-opening" {
				continue
			}
			if days := law.Number("MK", "lookup-opening-days"); a.Code != "lookup" || k.Period == nil || k.Period.Unit != "days" || int64(k.Period.N) != days {
				t.Errorf("%s keeps it for %+v, and the node for %d days", a.Code, k.Period, days)
			}
			return
		}
	}
	t.Error("nothing is said of the copy")
}
