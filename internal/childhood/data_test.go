package childhood_test

import (
	"os"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/childhood"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/lang"
)

// The shipped lists have words in every language, and broken ones are not taken.
func TestTheListsOfThePath(t *testing.T) {
	d, err := childhood.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	texts, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	words := map[string][]string{"childhood.method.": d.MethodCodes()}
	for list, prefix := range map[string]string{
		childhood.ListRelation: "relation.", childhood.ListEnd: "guardian-end.", childhood.ListAbout: "about.", childhood.ListBody: "body.",
		childhood.ListWeighed: "weighed.", childhood.ListHeard: "heard.", childhood.ListTold: "about.", childhood.ListToldHow: "how.", childhood.ListNoticeHow: "how.",
	} {
		words["childhood."+prefix] = append(words["childhood."+prefix], d.Codes(list)...)
	}
	for _, turn := range append(childhood.Turns(), childhood.Changed) {
		words["childhood.turn."] = append(words["childhood.turn."], string(turn))
	}
	for _, a := range childhood.Answers() {
		words["childhood.answer."] = append(words["childhood.answer."], string(a))
	}
	bg := born(t, "BG")
	for _, b := range bg.kids.Bodies().Codes {
		words["childhood.notice.body."] = append(words["childhood.notice.body."], b)
		words["task.kind."+childhood.TaskNotify] = append(words["task.kind."+childhood.TaskNotify], b)
	}
	for prefix, codes := range words {
		if len(codes) == 0 {
			t.Errorf("%s has no codes", prefix)
		}
		for _, c := range codes {
			if !texts.Has(prefix + c) {
				t.Errorf("no words for %s%s", prefix, c)
			}
		}
	}
	raw, err := os.ReadFile("data/childhood.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"another form":           {"opentrm/childhood-data/1", "opentrm/childhood-data/2"},
		"a field too many":       {`"version": 1,`, `"version": 1, "more": 1,`},
		"papers ask for consent": {`"documents", "asks": false`, `"documents", "asks": true`},
		"no word for a conflict": {`"conflict-of-interest", `, ``},
		"no word for not heard":  {`, "not-heard"`, ``},
		"no source":              {`"source": "proposed defaults"`, `"source": ""`},
		"never looked at":        {`"longest_review_days": 180`, `"longest_review_days": 0`},
	} {
		broken := strings.Replace(string(raw), change[0], change[1], 1)
		if broken == string(raw) {
			t.Errorf("%s: nothing to change", name)
		}
		if _, err := childhood.ParseData([]byte(broken)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Nothing of the path reads whether she cooperates or how her status was decided (CETS 197, article 12(6)).
func TestNothingOfThePathDependsOnCooperation(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil || len(files) < 8 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		source, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"Cooperat", "cooperat", "row.Status", "KindDecision", "KindDossier"} {
			if strings.Contains(string(source), word) {
				t.Errorf("%s mentions %s", f.Name(), word)
			}
		}
	}
}
