package webnetwork_test

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/web/webtest"
)

// asText has LibreOffice open a document and write its text.
func asText(t *testing.T, name, document string) string {
	t.Helper()
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("no LibreOffice: apt-get install --no-install-recommends libreoffice-writer-nogui")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, name+".docx")
	if err := os.WriteFile(file, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	run := exec.Command(office, "-env:UserInstallation=file://"+dir+"/profile", "--headless", "--convert-to", "txt:Text (encoded):UTF8", "--outdir", dir, file)
	run.Env = append(os.Environ(), "HOME="+dir)
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	b, err := os.ReadFile(filepath.Join(dir, name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for l := range strings.Lines(strings.TrimPrefix(string(b), "\ufeff")) {
		if l = strings.TrimSpace(l); l != "" {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "\n")
}

// Software that was not written here opens the minutes and reads what was said, in order, with the neutral name of Kosovo* and its note, in two scripts.
func TestMinutesAreReadByLibreOffice(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	met := webtest.Published(ana, webtest.MeetingForm())
	webtest.Published(ana, url.Values{
		"kind": {"conclusion"}, "in": {"en"}, "meeting": {of(met)}, "number": {"1"}, "text": {"Exchange lists of contacts."}, "whom": {"countries"}, "countries": {"MD", "MK"},
	})
	for lang, want := range map[string][]string{
		"en": {
			"99. Fictitious meeting", "Presidency", "Kosovo*", "Participants", "North Macedonia", "National coordinator", "Agenda", "1. Opening", "2. Referral", "All have spoken.",
			"Conclusions", "1. Exchange lists of contacts.", "Moldova", "Has said nothing yet", "* This designation is without prejudice to positions on status",
		},
		"mk": {"99. Fictitious meeting", "Косово*", "Северна Македонија", "Дневен ред", "1. Opening", "All have spoken.", "1. Exchange lists of contacts.", "* "},
	} {
		ana.Lang = lang
		text := asText(t, "minutes-"+lang, ana.Get(met+"/minutes").OK().Body)
		at := 0
		for _, say := range want {
			i := strings.Index(text[at:], say)
			if i < 0 {
				t.Fatalf("%s: %q is not said, or not in its place:\n%s", lang, say, text)
			}
			at += i + len(say)
		}
		said, _, _ := strings.Cut(text, "\n* ") // the note speaks of the declaration by its name
		if strings.Count(said, "Kosovo") != strings.Count(said, "Kosovo*") || strings.Count(said, "Косово") != strings.Count(said, "Косово*") {
			t.Errorf("%s: named without its mark:\n%s", lang, text)
		}
	}
}

// A calendar names Kosovo* neutrally too, and carries the note that its mark leads to.
func TestTheCalendarNamesNeutrally(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	meeting := webtest.MeetingForm()
	meeting.Set("country", "XK")
	meeting.Set("place", "Prishtina")
	met := webtest.Published(ana, meeting)
	for lang, want := range map[string][2]string{"en": {"LOCATION:Prishtina\\, Kosovo*\r\n", "* This designation is without prejudice"}, "mk": {"LOCATION:Prishtina\\, Косово*\r\n", "* "}} {
		ana.Lang = lang
		text := strings.ReplaceAll(ana.Get(met+"/calendar").OK().Body, "\r\n ", "")
		for _, say := range want {
			if !strings.Contains(text, say) {
				t.Errorf("%s: no %q in\n%s", lang, say, text)
			}
		}
	}
}
