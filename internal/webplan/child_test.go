package webplan_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// The story of a child over the pages: nobody decides with her, a guardian is appointed and excluded, she is told and refuses, her
// best interests are determined, her age is disputed and assessed. What is wrong is said at its field; who may not learns nothing.
func TestTheFullPathOfAChildOverThePages(t *testing.T) {
	w := webtest.Open(t)
	webtest.Charity(w)
	w.Node.Join(w.Node.As("ana").Desk, "gina", access.ChildGuardian, "ana")
	ana, olga, gina := w.As("ana"), w.As("olga"), w.As("gina")
	a := ana.Do(http.MethodPost, "/cases/new", url.Values{"age": {"child"}, "asylum": {"no"}}).Is(http.StatusSeeOther)
	file := strings.TrimSuffix(a.Header.Get("Location"), "/person")
	path := file + "/childhood"
	ana.Get(file).OK().Find(`href="(` + path + `)"`)
	ana.Get("/tasks").OK().Says("See that a guardian is appointed").Find(`href="(` + path + `)"`)
	ana.Get(path).OK().Says("As a child", "Nobody decides with her", "within 3 working days", "names no body", "No guardian is recorded")
	olga.Do(http.MethodGet, path, nil).Is(http.StatusNotFound)

	account := ana.Get(path + "/guardians").OK().Find(`<option value="([^"]+)"[^>]*>gina`)
	guardian := day(url.Values{"name": {"Demo Aunt"}, "relation": {"relative"}, "document": {"12/2026"}, "account": {account}}, "from", "1")
	ana.Do(http.MethodPost, path+"/guardians", guardian).Is(http.StatusUnprocessableEntity).Says("Check the field Who appointed or confirmed the guardian")
	guardian.Set("authority", "Demo court")
	gina.Do(http.MethodPost, path+"/guardians", guardian).Is(http.StatusForbidden)
	shown := ana.Post(path+"/guardians", guardian).OK().Says("Decides with her", "Demo court", "Relative").Never("Nobody decides with her")
	ana.Get("/tasks").OK().Says("Look at where a child stands").Never("See that a guardian is appointed")

	told := day(url.Values{"about": {"sharing"}, "language": {"ro"}, "how": {"pictures"}, "answer": {"refuses"}, "words": {"DEMO: not my uncle"}}, "on", "2")
	gina.Do(http.MethodPost, path+"/told", told).Is(http.StatusUnprocessableEntity).Says("Somebody has to interpret")
	told.Set("read-back", "yes")
	gina.Post(path+"/told", told).OK().Says("She refuses", "What others are told of her", "DEMO: not my uncle").Never("Record a guardian")
	told.Set("answer", "not-asked")
	told.Del("words")
	ana.Do(http.MethodPost, path+"/told", told).Is(http.StatusUnprocessableEntity).Find(`(id="unasked-error")`)

	interest := day(day(url.Values{
		"weight": {"determination"}, "about": {"placement"}, "body": {"panel"}, "name": {"DEMO panel"}, "part": {"DEMO social worker\r\n\r\nDEMO teacher"},
		"heard": {"in-her-words"}, "views": {"DEMO: not among strangers"}, "weighed": {"views", "safety"}, "grounds": {"DEMO"}, "result": {"DEMO: with her sister"},
		"signer-body": {"DEMO chair"},
	}, "on", "2"), "review", "30")
	ana.Do(http.MethodPost, path+"/interests", interest).Is(http.StatusUnprocessableEntity).Says("A determination is signed for the body that decides")
	interest.Set("signer-guardian", "Demo Stranger")
	ana.Do(http.MethodPost, path+"/interests", interest).Is(http.StatusForbidden).Says("She has another guardian").Find(`(id="signer-guardian-error")`)
	interest.Set("signer-guardian", "Demo Aunt")
	ana.Post("/language", url.Values{"lang": {"mk"}, "back": {path}})
	ana.Post(path+"/interests", interest)
	ana.Post("/language", url.Values{"lang": {"en"}, "back": {path}})
	ana.Get(path).OK().Says("DEMO social worker, DEMO teacher", "Guardian: Demo Aunt", "For the body: DEMO chair", "30 March 2026").
		Find(`(?s)lang="(mk)"[^>]*>\s*<bdi>DEMO: not among strangers`)

	ana = w.As("ana")                                         // from another place: pages are asked for faster here than anybody reads
	later := func() { w.Node.Net.Clock.Advance(time.Second) } // what is recorded next is younger
	age := day(url.Values{"turn": {"disputed"}, "who": {"DEMO border police"}, "why": {"DEMO: looks older"}}, "on", "3")
	ana.Post(path+"/ages", age).OK().Says("Her age is open", "DEMO border police", "Disputed")
	later()
	age = day(url.Values{"turn": {"assessed"}, "who": {"DEMO doctor"}, "method": {"medical-bone"}, "youngest": {"17"}, "oldest": {"21"}}, "on", "3")
	ana.Do(http.MethodPost, path+"/ages", age).Is(http.StatusUnprocessableEntity).Says("Nobody is assessed against her will")
	age.Set("agrees", "yes")
	age.Set("guardian", "Demo Aunt")
	ana.Post(path+"/ages", age).OK().Says("17 to 21 years", "Her age is open")
	decided := ana.Get(path + "/ages").OK().Says("She does not want to be assessed").Find(`href="([^"]+\?turn=decided)"`)
	ana.Get(decided).OK().Never("How it was assessed")
	decided = ana.Get(decided).OK().Says("Medical: bones: 17 to 21 years").Find(`name="rests" type="checkbox" value="([^"]+)"`)
	later()
	age = day(url.Values{"turn": {"decided"}, "who": {"DEMO judge"}, "class": {"adult"}, "youngest": {"18"}, "oldest": {"21"}, "body": {"court"}, "why": {"DEMO"}, "rests": {decided}}, "on", "4")
	ana.Do(http.MethodPost, path+"/ages", age).Is(http.StatusUnprocessableEntity).Says("She may be 17 by what is recorded")
	age.Set("class", "child")
	age.Set("youngest", "15")
	age.Set("oldest", "17")
	ana.Post(path+"/ages", age).OK().Says("As a child", "Decided").Never("Her age is open")

	ana.Do(http.MethodPost, path+"/notices", url.Values{"body": {"other"}, "how": {"letter"}}).Is(http.StatusUnprocessableEntity).Says("Check the field Who was told there")
	ana.Post(path+"/notices", url.Values{"body": {"other"}, "name": {"DEMO consulate"}, "how": {"letter"}}).OK().Says("DEMO consulate", "Another body", "By letter")
	ana.Get(path + "/review").OK().Says("as far away for every child")
	ana.Post(path+"/review", nil).OK()

	conflict := shown.Find(`href="(` + path + `/guardians/[^"]+/conflict)"`)
	version := ana.Get(conflict).OK().Says("Demo Aunt", "opens nothing of her file").Find(`name="version" value="([0-9]+)"`)
	sent := day(url.Values{"version": {version}}, "conflict-on", "5")
	ana.Do(http.MethodPost, conflict, sent).Is(http.StatusUnprocessableEntity).Find(`(id="conflict-error")`)
	sent.Set("conflict", "DEMO: lives with a suspect")
	ana.Post(conflict, sent).OK().Says("Excluded: conflict of interest", "DEMO: lives with a suspect", "Nobody decides with her")
	gina.Do(http.MethodGet, path, nil).Is(http.StatusForbidden)
	end := strings.TrimSuffix(conflict, "conflict") + "end"
	version = ana.Get(end).OK().Find(`name="version" value="([0-9]+)"`)
	ana.Post(end, day(url.Values{"version": {version}, "why": {"conflict-of-interest"}}, "until", "6")).OK().Says("Conflict of interest")
}
