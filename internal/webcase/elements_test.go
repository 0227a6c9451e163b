package webcase_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// TestElementsStandOnTheFormWithoutAJudgment: beside a filled-in F1 stands which elements of the definition are written down, that this does
// not say what she is, and for whom nobody knows to be an adult that no means is needed.
func TestElementsStandOnTheFormWithoutAJudgment(t *testing.T) {
	w := webtest.Pair(t)
	path := webtest.Opened(t, w.As("ana"))
	w.Node.Join(w.Node.As("ana").Desk, "vera", access.CaseManager, "ana")
	r := form.Record{Form: "F1", Version: 1, Answers: map[string]form.Answer{
		"acts": person.Say(json.RawMessage(`["transport"]`)), "exploitation": person.Say(json.RawMessage(`["forced-labour"]`)),
	}}
	e, err := w.Node.Forms.Fill(t.Context(), w.Node.As("vera"), id.Case(strings.TrimPrefix(path, "/cases/")), form.Filling{
		Schema: form.FillingName, Record: r, Language: "ro",
	})
	if err != nil {
		t.Fatal(err)
	}
	w.As("vera").Get(path+"/forms/"+string(e.Record)).OK().Says("Elements recorded", "an act and a purpose of exploitation", "Of a child no means is needed",
		"not whether she is a victim")
}
