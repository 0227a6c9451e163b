package webcase_test

import (
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// What one colleague wrote in her language is shown to another, who reads in hers, as written in the first: codes in the reader's language,
// words in the writer's. Words about which nobody said so are in no language.
func TestWordsSayInWhichLanguageTheyAreWritten(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	path := webtest.Opened(t, ana)
	ana.Post("/language", url.Values{"lang": {"mk"}, "back": {path}})
	ana.Post(path+"/risk", url.Values{
		"trigger": {"change"}, "grade-person": {"high"}, "conclusion": {"ДЕМО: тој ја бара."}, "mitigation": {"ДЕМО: спие на друго место."}, "days": {"3"}, "with": {"yes"},
	}).OK()
	ana.Post(path+"/decide", url.Values{
		"status": {"presumed"}, "body": {"police"}, "name": {"ДЕМО полиција"}, "basis": {"ДЕМО закон, член 1"}, "grounds": {"ДЕМО: така кажа таа."},
		"date-day": {"2"}, "date-month": {"3"}, "date-year": {"2026"}, "informed": {"yes"},
	}).OK()
	ana.Post(path+"/service", url.Values{
		"service": {"medical"}, "provider": {"ДЕМО ординација"}, "note": {"ДЕМО: сака лекарка."}, "from-day": {"2"}, "from-month": {"3"}, "from-year": {"2026"},
	}).OK()
	reader := w.As("ana") // with another browser, in English
	shown := reader.Get(path).OK().Says("Presumed victim", "Medical care", "High")
	for _, said := range []string{"ДЕМО: тој ја бара.", "ДЕМО: спие на друго место.", "ДЕМО закон, член 1", "ДЕМО: така кажа таа.", "ДЕМО: сака лекарка."} {
		if got := shown.Find(`(?s)lang="([a-z]+)"[^>]*>\s*<bdi>` + said); got != "mk" {
			t.Errorf("%q is shown as written in %q", said, got)
		}
	}
	shown.Find(`(?s)lang="(en)"[^>]*>\s*<bdi>She can travel accompanied.`)
}

// The questions that a country adds are asked in their place on the page and stand on its interview sheet; what they hang on is kept to, and
// the answer is in the record.
func TestTheQuestionsOfACountryAreAskedOverThePages(t *testing.T) {
	raw, err := os.ReadFile("../form/testdata/MK.json")
	if err != nil {
		t.Fatal(err)
	}
	national, err := form.ParseAdditions(raw)
	if err != nil {
		t.Fatal(err)
	}
	w := webtest.At(t, nodetest.New(t, nodetest.At("MK").With(func(c *node.Config) { c.Additions = []form.Additions{national} })).Node("MK"))
	w.Node.Desk(w.DeskOf("house"), "mira", "case-manager")
	mira := w.As("mira")
	sheet := mira.Get("/sheets/F1?read=mk").OK()
	for _, words := range []string{"Во кој регион?", "Скопски", "Полошки", "Која канцеларија таму?"} {
		if !strings.Contains(sheet.Body, words) {
			t.Errorf("the interview sheet does not say %q", words)
		}
	}
	path := strings.TrimSuffix(mira.Do(http.MethodPost, "/cases/new", url.Values{"age": {"adult"}, "asylum": {"no"}}).Is(http.StatusSeeOther).Header.Get("Location"), "/person")
	fill := mira.Do(http.MethodPost, path+"/fill/F1", url.Values{"spoken": {"mk"}}).Is(http.StatusSeeOther).Header.Get("Location")
	asked := mira.Get(fill+"?part=finding").OK().Says("In which region?", "Skopje", "Polog")
	region, version := asked.Find(`name="(q-mk[^"]*region)"`), asked.Find(`name="version" value="([0-9]+)"`)
	mira.Do(http.MethodPost, fill, url.Values{"part": {"finding"}, "version": {version}, region: {"vardar"}}).Is(http.StatusUnprocessableEntity)
	mira.Post(fill, url.Values{"part": {"finding"}, "version": {version}, region: {"polog"}}).OK()
	asked = mira.Get(fill + "?part=finding").OK().Says("Which office there?")
	office := asked.Find(`name="(q-mk[^"]*office)"`)
	mira.Post(fill, url.Values{"part": {"finding"}, "version": {asked.Find(`name="version" value="([0-9]+)"`)}, region: {"polog"}, office: {"DEMO: Tetovo"}}).OK()
	mira.Get(strings.TrimSuffix(fill, "/fill")).OK().Says("In which region?", "Polog", "DEMO: Tetovo")
}
