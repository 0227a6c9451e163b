package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/search"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// after is a form that leads to a screen by itself, and what it is answered with; 0 is 200.
type after struct {
	form   url.Values
	status int
	then   string // page that is asked for afterwards, in the same browser; empty: the screen is what the form leads to
}

// answer is the screen, in a browser that nothing is known of yet.
func (x after) answer(w *webtest.World, p *webtest.Somebody, s screen) webtest.Answer {
	if x.then == "" {
		return p.Do(http.MethodPost, s.path, x.form)
	}
	comes(w, p, s.login)
	p.Do(http.MethodPost, s.path, x.form)
	return p.Get(x.then)
}

// rare are the screens that few see: of the prosecution, of the emergency path, and those that only follow on a form that was sent.
func rare(w *webtest.World, path string) ([]screen, map[string]after) {
	w.T.Helper()
	n, ana := w.Node, w.As("ana")
	n.Notices.Address = "https://mk.example" // for which browsers keep passkeys
	n.Desk(desk.Desk{ID: "prosecution", Kind: desk.AtNode, Realm: access.Prosecution, Function: "desk.function.prosecutor"}, "petar", access.Prosecutor)
	n.Desk(desk.Desk{ID: "village", Kind: desk.Light, Realm: access.Assistance, Function: "desk.function.shelter"}, "", "")
	n.Join(n.As("ana").Desk, "vera", access.CaseManager, "ana")
	of := id.Case(strings.TrimPrefix(path, "/cases/"))

	n.Join(n.As("ana").Desk, "fana", access.FirstResponder, "ana")
	if _, err := n.Searches.Find(w.T.Context(), n.As("fana"), search.Query{Name: "Marija Fiktivna"}); err != nil {
		w.T.Fatal(err)
	}
	if _, err := n.Searches.Look(w.T.Context()); err != nil {
		w.T.Fatal(err)
	}
	own := w.As("petar").Do(http.MethodPost, "/cases/new", url.Values{"age": {"adult"}, "asylum": {"no"}}).Is(http.StatusSeeOther).Header.Get("Location")
	own = strings.TrimSuffix(own, "/person")
	w.As("petar").Post(own+"/cooperation", url.Values{"answer": {"undecided"}}).OK()
	w.As("petar").Post(own+"/cooperation", url.Values{"answer": {"yes"}}).OK()

	released, err := n.Cases.ByOrder(w.T.Context(), n.As("ana"), casefile.Releasing{
		Case: of, To: "prosecution", Order: "Demo court 17/2026", Categories: []consent.Code{"identity.names"}, Category: "victim", Handling: "evidence-allowed",
		Items: []casefile.Item{{Kind: "fact", From: "case worker", Text: "seen on 3 May"}, {Kind: "opinion", From: "case worker", Text: "afraid"}},
	})
	if err == nil {
		_, err = n.Cases.ApproveRelease(w.T.Context(), n.As("vera"), released.ID)
	}
	if err != nil {
		w.T.Fatal(err)
	}
	propose := func() consent.Override {
		o, err := n.Consents.Propose(w.T.Context(), n.As("ana"), of, consent.Reason{
			Basis: consent.VitalInterest, Recipient: id.Address{Member: n.Member, Desk: "village"}, Category: []consent.Code{"identity.names"},
			Text: "she was found unconscious and cannot be asked", Notice: "as soon as she is awake",
		})
		if err != nil {
			w.T.Fatal(err)
		}
		return o
	}
	proposed, approved := propose(), propose()
	if _, err := n.Consents.Approve(w.T.Context(), n.As("vera"), approved.ID); err != nil {
		w.T.Fatal(err)
	}

	agreed := webtest.ConsentForm()
	agreed.Set("recipients", string(n.Member)+"/village")
	ana.Post(path+"/consent", agreed).OK()
	to := ana.Get(path + "/referral").OK().Find(`name="to" type="radio" value="([^"]*village)"`)
	r := ana.Do(http.MethodPost, path+"/referral", url.Values{
		"to": {to}, "kind": {"specialised-service"}, "needs": {"accommodation"}, "urgency": {"normal"}, "sex": {"female"},
		"age": {"adult"}, "languages": {"ro"}, "risk": {"medium"}, "children": {"0"}, "basis": {"consent"},
	}).Is(http.StatusSeeOther).Header.Get("Location")
	r = strings.TrimSuffix(r, "?done=draft")
	ana.Take(r, "check", nil).OK()
	ana.Take(r, "send", nil).OK()
	reach := ana.Get(path).OK()
	w.Node.User("zoja", access.NationalCoordinator)
	zoja := w.As("ada").Get("/users").OK().Find(`href="(/users/[^"/]+)"><bdi>zoja`)
	reached := reach.Find(`action="(/cases/[^"]+/reach/0)"`)
	if _, err := n.Subjects.Ask(w.T.Context(), n.As("vera"), of, "The year of birth is wrong.", ""); err != nil {
		w.T.Fatal(err)
	}
	begun, asked, left := returns(w)
	away := webtest.At(w.T, n.Net.Node("MK"))
	abroad, _ := webtest.AskedAbroad(w, away)
	_, signing := webtest.AskedAbroad(away, w)
	asking, requested := webtest.Requested(w, away)
	docket := webtest.Board(w.As("petar"), string(away.Node.Member))
	onDocket := w.As("petar").Get(docket).OK()
	hearing, evidence := onDocket.Find(`/item/([0-9a-z]{26})"[^>]*>(?:<bdi>)?\s*24 December`), onDocket.Find(`\?of=([0-9a-z]{26})`)
	_, hold := webtest.Due(w)
	purge := webtest.ProposedPurge(w)
	need, step, given := planned(w, path)
	link := linked(w, path)
	kid, guardian := growing(w)
	compared, twins := webtest.Proposed(w)
	imported := webtest.Imported(w, "ana")
	hooks := webtest.Hooked(w)
	webtest.Rostered(w, "ana")
	house := webtest.Entered(w)
	counts := webtest.Counted(w)
	programs := webtest.Programs(w)
	shut, restricted := webtest.Restricted(w, "ana")
	team := strings.TrimSuffix(w.As("ana").Do(http.MethodPost, "/cases/new", url.Values{"age": {"adult"}, "asylum": {"no"}}).Is(http.StatusSeeOther).Header.Get("Location"), "/person")
	called, conferred := webtest.Conferring(w.As("ana"), team), webtest.Conferring(w.As("ana"), team)
	mine := webtest.Opened(w.T, ana)
	hers, back := webtest.Own(ana, mine)
	ana.Take(conferred, "minutes", webtest.Minutes()).OK()
	ana.Take(conferred, "text", webtest.Resolved()).OK()
	ana.Post(path+"/interpreting", url.Values{"version": {"0"}, "languages": {"ro"}, "needed": {"yes"}, "sex": {"female"}, "remote": {"no"}, "not-from": {"Demovo"}, "unsafe": {"Petko Fiktivski, DEMO"}}).OK()
	ana.Post(path+"/mediation", url.Values{
		"text": {"rights"}, "on-day": {"2"}, "on-month": {"3"}, "on-year": {"2026"}, "language": {"ro"}, "mediator": {"family"}, "name": {"DEMO aunt"},
		"agreed": {"yes"}, "understood": {"partly"}, "why": {"DEMO: nobody else was there"},
	}).OK()
	w.Node.Desk(desk.Desk{ID: "archive", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.legal-hold", Purpose: desk.LegalHold}, "arka", access.CaseManager)
	w.Node.Desk(desk.Desk{ID: "night", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.emergency", Purpose: desk.Emergency}, "erna", access.CaseManager)
	webtest.Rostered(w, "erna")
	ordered := ana.Post(path+"/releases", url.Values{
		"basis": {"order"}, "to": {"prosecution"}, "order": {"DEMO court 17/2026"}, "categories": {"identity.names"}, "category": {"victim"}, "handling": {"evidence-allowed"},
	}).OK().Find(`action="(/releases/[^"]+)/end"`)
	question, hit := webtest.Asked(w, "ana", id.Case(strings.TrimPrefix(team, "/cases/")))
	gone := webtest.Opened(w.T, ana)
	gone = ana.Post(ana.Get(gone).OK().Find(`action="(/cases/[^"]+/withdraw)"`), nil).OK().Find(`href="(/consents/[^"]+/reply)"`)
	media, table := webtest.Table(w.T, "mapping", webtest.RegisterTable, webtest.RegisterMapping)
	tried := ana.Raw(http.MethodPost, "/imports/new", media, table).Is(http.StatusSeeOther).Header.Get("Location")
	screens := []screen{
		{"let-in", "zoja", "/let-in/" + string(waiting(w))},
		{"offline", "fana", "/offline"},
		{"offline-desk", "ana", "/offline"},
		{"offline-form", "", "/offline/form?role=first-responder"},
		{"offline-both", "fana", webtest.TwoVersions(w, "fana", "vera")},
		{"courier", "ada", "/courier"},
		{"directory-new", "ana", "/directory/new"},
		{"directory-file", "ana", "/directory/file"},
		{"directory-service", "ana", house + "/change/service"},
		{"directory-hidden", "ana", house + "/change/hidden"},
		{"duty", "zoja", "/duty"},
		{"duty-desk", "ana", "/duty/focal-point"},
		{"duty-away-wrong", "ana", "/duty/focal-point/away"},
		{"duty-deputy", "zoja", "/duty/focal-point/deputy"},
		{"screening-new", "ana", path + "/screenings/new"},
		{"screening-check", "ana", path + "/screenings/new"},
		{"webhooks", "ada", "/webhooks"},
		{"webhook-new", "ada", "/webhooks/new"},
		{"webhook-agree", "ana", hooks[0]},
		{"webhook-failing", "ada", hooks[1]},
		{"webhook-stopped", "ada", hooks[2]},
		{"imports", "ana", "/imports"},
		{"import-new", "ana", "/imports/new"},
		{"import-tried", "ana", tried},
		{"programs", "ada", "/service-accounts"},
		{"program-new", "ada", "/service-accounts/new"},
		{"program-asked", "ana", programs[0]},
		{"program-let-in", "ada", programs[1]},
		{"program-reads", "dora", programs[2]},
		{"program-reads-desk", "ana", programs[3]},
		{"program-reads-run", "ada", programs[3]},
		{"case-imported", "ana", imported},
		{"restrictions", "ana", "/restrictions"},
		{"restriction-reason", "ana", shut + "/restriction"},
		{"restriction-told", "dora", restricted},
		{"person-correct", "ana", path + "/person/correct"},
		{"timeline", "ana", path + "/timeline"},
		{"files", "ana", path + "/files"},
		{"file", "ana", webtest.Attached(ana, path)},
		{"person-both", "ana", path + "/person/correct"},
		{"plan", "ana", path + "/plan"},
		{"transfer-offer", "ana", path + "/transfer"},
		{"transfers", "ana", "/transfers"},
		{"transfer", "ana", webtest.Offered(w)},
		{"lookups", "ana", path + "/lookups"},
		{"lookup-new", "ana", path + "/lookups/new"},
		{"lookup-thing", "ana", path + "/lookups/thing"},
		{"lookups-asked", "ana", team + "/lookups"},
		{"lookup-confirm", "vera", question},
		{"lookup-own", "ana", question},
		{"lookup-hits", "ana", "/lookup-hits"},
		{"lookup-hit", "vera", hit},
		{"lookup-openings", "dora", "/lookup-openings"},
		{"lookup-unsealed", "dana", "/lookup-openings/" + string(webtest.Unsealed(w, "dana"))},
		{"lookup-secret", "ada", "/lookup-secret"},
		{"counts", "zoja", "/counts"},
		{"counts-desk", "ana", "/counts"},
		{"count-new", "zoja", "/counts/new"},
		{"count-unfit", "zoja", "/counts/new"},
		{"count-join", "zoja", counts[0]},
		{"count-told", "zoja", counts[1]},
		{"count-untold", "dora", counts[2]},
		{"count-broken", "dora", counts[3]},
		{"duplicates", "ana", compared[:strings.Index(compared, "/comparison")] + "/duplicates"},
		{"duplicate-new", "ana", path + "/comparison"},
		{"duplicate-queue", "ana", "/duplicates"},
		{"duplicate-compare", "ana", compared},
		{"duplicate-merge", "ana", webtest.Compared(w)},
		{"duplicate-own", "ana", twins},
		{"duplicate-confirm", "vera", twins},
		{"plan-need", "ana", path + "/needs"},
		{"plan-need-end", "ana", need},
		{"plan-step", "ana", path + "/steps?need=" + need[len(path+"/needs/"):]},
		{"plan-step-turn", "ana", step},
		{"plan-step-service", "ana", step + "/service"},
		{"plan-through", "ana", path + "/plan/agreement"},
		{"plan-through-unsaid", "ana", path + "/plan/agreement"},
		{"plan-service-correct", "ana", given},
		{"reopen", "ana", path + "/reopen?version=1"},
		{"child", "ana", kid},
		{"child-guardian", "ana", kid + "/guardians"},
		{"child-guardian-conflict", "ana", guardian + "/conflict"},
		{"child-guardian-end", "ana", guardian + "/end"},
		{"child-told", "ana", kid + "/told"},
		{"child-interest", "ana", kid + "/interests"},
		{"child-ages", "ana", kid + "/ages"},
		{"child-age-assessed", "ana", kid + "/ages?turn=assessed"},
		{"child-age-decided", "ana", kid + "/ages?turn=decided"},
		{"child-notice", "ana", kid + "/notices"},
		{"child-review", "ana", kid + "/review"},
		{"kept", "ana", "/kept"},
		{"close-both", "ana", path + "/close"},
		{"plan-step-both", "ana", step},
		{"conference-both", "ana", conferred + "/change"},
		{"passkey-make", "ana", unlockPage + "/prove"},
		{"second-make", "ana", unlockPage + "/second/prove"},
		{"unlock-wrong", "ana", unlockPage + "/prove"},
		{"links", "ana", path + "/links"},
		{"link-new", "ana", path + "/links/new"},
		{"link-end", "ana", link},
		{"retention", "dora", "/retention"},
		{"retention-desk", "ana", "/retention"},
		{"retention-lift", "dora", "/retention/holds/" + string(hold)},
		{"retention-purge", "zoja", purge},
		{"retention-purge-own", "dora", purge},
		{"htcds", "ana", path + "/htcds"},
		{"htcds-unsaid", "ana", path + "/htcds"},
		{"htcds-shown", "ana", imported + "/htcds"},
		{"copy", "vera", path + "/copy"},
		{"copy-shown", "vera", path + "/copy"},
		{"corrections", "vera", path + "/corrections"},
		{"corrections-empty", "vera", path + "/corrections"},
		{"own", "ana", mine + "/page"},
		{"own-code", "ana", "/page/new"},
		{"own-form", "", "/page"},
		{"own-page", "", "/page"},
		{"own-page-not", "", "/page"},
		{"own-page-back", "", "/page/back"},
		{"own-page-back-done", "", "/page/back"},
		{"own-page-off", "", "/page/off"},
		{"own-page-off-done", "", "/page/off"},
		{"register", "dora", "/register"},
		{"register-dpia", "dora", "/register/dpia"},
		{"conferences", "ana", "/conferences"},
		{"conferences-case", "ana", team + "/conferences"},
		{"conference-call", "ana", path + "/conferences/new"},
		{"conference", "ana", conferred},
		{"conference-change", "ana", conferred + "/change"},
		{"conference-seat", "ana", conferred + "/seat"},
		{"conference-minutes", "ana", called + "/minutes"},
		{"conference-text", "ana", conferred + "/text"},
		{"conference-answer", "ana", conferred + "/answer"},
		{"conference-end", "ana", conferred + "/end"},
		{"spoken", "ana", path + "/spoken"},
		{"spoken-needs", "ana", path + "/interpreting"},
		{"spoken-text", "ana", path + "/mediation"},
		{"dockets", "petar", "/dockets"},
		{"docket-new", "petar", "/dockets/new"},
		{"docket", "petar", docket},
		{"docket-item", "petar", docket + "/item/" + hearing},
		{"docket-hearing", "petar", docket + "/write/hearing/" + hearing},
		{"docket-evidence", "petar", docket + "/write/evidence/" + evidence},
		{"docket-custody", "petar", docket + "/write/custody/new?of=" + evidence},
		{"docket-travel", "petar", docket + "/write/travel/new"},
		{"cooperation-list", "petar", "/cooperation"},
		{"cooperation-new", "petar", "/cooperation/new"},
		{"cooperation-days", "petar", "/cooperation/days"},
		{"cooperation-matrix", "petar", "/cooperation/matrix"},
		{"cooperation-key", "petar", "/cooperation/key"},
		{"cooperation-request", "petar", asking},
		{"cooperation-head", "petar", asking + "/request"},
		{"cooperation-fact", "petar", asking + "/part/facts/0"},
		{"cooperation-offence", "petar", asking + "/part/offences/new"},
		{"cooperation-person", "petar", asking + "/part/persons/new"},
		{"cooperation-measure", "petar", asking + "/part/measures/new"},
		{"cooperation-paper", "petar", asking + "/part/papers/new"},
		{"cooperation-release", "petar", asking + "/release"},
		{"cooperation-send", "petar", asking + "/send"},
		{"cooperation-document", "petar", requested + "/document"},
		{"cooperation-step", "petar", requested + "/step/dispatch"},
		{"cooperation-sent", "petar", requested},
		{"returns", "ana", "/returns"},
		{"returns-case", "ana", path + "/returns"},
		{"return", "ana", asked},
		{"return-abroad", "ana", abroad},
		{"return-abroad-assessment", "ana", abroad + "/assessment"},
		{"assessments", "ana", "/assessments"},
		{"assessment", "ana", signing},
		{"return-decision", "ana", begun + "/decision"},
		{"return-interest", "ana", begun + "/interest"},
		{"return-assessment", "ana", asked + "/assessment"},
		{"return-plan", "ana", left[0] + "/plan"},
		{"return-report", "ana", left[1] + "/report"},
		{"return-end", "ana", begun + "/end"},
		{"return-second", "olga", asked},
		{"cooperation", "petar", own + "/cooperation"},
		{"timeline-prosecution", "petar", own + "/timeline"},
		{"case-new-prosecution", "petar", "/cases/new"},
		{"message-new-prosecution", "petar", "/messages/new"},
		{"directory-coordinator", "zoja", "/directory"},
		{"checklist-coordinator", "zoja", "/profile/checklist"},
		{"texts-coordinator", "zoja", "/texts/mk"},
		{"retention-coordinator", "zoja", "/retention"},
		{"purge-coordinator", "zoja", purge},
		{"case-prosecution", "petar", own},
		{"releases-some", "petar", "/releases"},
		{"release", "petar", "/releases/" + string(released.ID)},
		{"withdrawal-answer", "ana", gone},
		{"emergency", "erna", "/emergency"},
		{"override-propose", "ana", path + "/override"},
		{"releases-case", "ana", path + "/releases"},
		{"release-approve", "vera", ordered},
		{"override", "vera", "/overrides/" + string(proposed.ID)},
		{"override-own", "ana", "/overrides/" + string(proposed.ID)},
		{"letter-printed", "ana", r + "/letter"},
		{"letter-file", "ana", r + "/file"},
		{"reach", "ana", reached},
		{"note-empty", "ana", path + "/note"},
		{"refusal-untold", "ana", path + "/refusals"},
		{"form-begin-empty", "ana", path + "/fill/F7"},
		{"user-link", "ada", zoja + "/link"},
		{"reply-not", "", "/reply"},
		{"find-found", "ana", "/find"},
		{"override-approved", "ana", "/overrides/" + string(approved.ID)},
		{"referral-override", "ana", path + "/referral?override=" + string(approved.ID)},
		{"referral-said", "ana", r + "?for=village"},
		{"referral-said-how", "ana", r + "/acknowledge?for=village"},
		{"hits-some", "ana", "/hits"},
		{"screening-back", "ana", screened(ana, mine)},
	}
	screens = append(screens, everyone(w, path, kid, "/releases/"+string(released.ID))...)
	sent := map[string]after{
		"duty-away-wrong":     {form: leave(w, "vera", "vera"), status: http.StatusUnprocessableEntity},
		"screening-check":     {form: url.Values{"set": {"adult-labour"}, "sign-4.1": {"yes"}, "sign-4.2": {"yes"}, "observed": {"g5"}}},
		"count-unfit":         {form: url.Values{"purpose": {"annual"}, "least": {"few"}}, status: http.StatusUnprocessableEntity},
		"htcds-unsaid":        {status: http.StatusUnprocessableEntity},
		"htcds-shown":         {form: url.Values{"purpose": {"own-system"}, "as": {"page"}}},
		"copy-shown":          {form: url.Values{"do": {"page"}, "language": {"mk"}}},
		"own-code":            {form: url.Values{"case": {team[len("/cases/"):]}, "lang": {"mk"}}},
		"own-page":            {form: url.Values{"code": {hers}}},
		"own-page-not":        {form: url.Values{"code": {"x"}}, status: http.StatusNotFound},
		"own-page-back":       {form: back},
		"own-page-off":        {form: back},
		"corrections-empty":   {form: url.Values{"says": {""}}, status: http.StatusUnprocessableEntity},
		"find-found":          {form: url.Values{"name": {"Marija Fiktivna"}}},
		"letter-printed":      {form: url.Values{}},
		"letter-file":         {form: url.Values{}},
		"reach":               {form: url.Values{"shown": {reach.Find(`name="shown" value="([0-9]+)"`)}}},
		"plan-through-unsaid": {form: url.Values{"asked": {"yes"}}, status: http.StatusUnprocessableEntity},
		"person-both":         {form: url.Values{"version": {"0"}, "given": {"DEMO"}, "sex": {"female"}, "way-0": {"email"}}, status: http.StatusConflict},
		"kept":                {form: url.Values{"path": {path + "/note"}, "fields": {"text=asleep&language=ro&typed-into=text%3Dcase.note"}}, then: "/kept"},
		"close-both":          {form: url.Values{"version": {"999"}, "note": {"DEMO: she has moved"}, "handover": {"DEMO desk"}}, status: http.StatusConflict},
		"plan-step-both":      {form: url.Values{"version": {"999"}, "note": {"DEMO: she has called"}}, status: http.StatusConflict},
		"conference-both":     {form: url.Values{"version": {"999"}, "time": {"16:00"}, "place": {"Demo street 2"}, "title-1": {"DEMO: her papers"}}, status: http.StatusConflict},
		"note-empty":          {form: url.Values{"text": {""}}, status: http.StatusUnprocessableEntity},
		"refusal-untold":      {form: url.Values{"offer": {"legal"}, "why": {"not-now"}, "again-day": {"31"}, "again-month": {"2"}, "again-year": {"2026"}}, status: http.StatusUnprocessableEntity},
		"form-begin-empty":    {form: url.Values{"spoken": {""}}, status: http.StatusUnprocessableEntity},
		"user-link":           {form: url.Values{"do": {"link"}}, status: http.StatusCreated},
		"passkey-make":        {form: url.Values{"passphrase": {phrase("ana")}}},
		"second-make":         {form: url.Values{"passphrase": {phrase("ana")}}},
		"unlock-wrong":        {form: url.Values{"passphrase": {"something else"}}, status: http.StatusForbidden},
		"reply-not":           {form: url.Values{"code": {"x"}, "answer": {"accepted"}}, status: http.StatusNotFound},
	}
	return screens, sent
}

// stand brings the browser to a screen.
func stand(t *testing.T, ctx context.Context, base string, s screen, sent map[string]after) {
	t.Helper()
	x, ok := sent[s.name]
	if !ok {
		visit(t, ctx, base+s.path)
		return
	}
	send := `document.documentElement.id = 'before'; { const f = document.createElement('form'); f.method = 'post'; f.action = '` + s.path + `'`
	for name, values := range x.form {
		for _, value := range values {
			send += `; { const i = document.createElement('input'); i.name = '` + name + `'; i.value = '` + value + `'; f.append(i) }`
		}
	}
	send += `; document.body.append(f); f.submit() } true`
	for range 30 {
		visit(t, ctx, base+"/signin")
		if _, err := chromedp.Run(ctx, chromedp.WaitEvent(cdppage.LoadEventFired, nil, chromedp.Evaluate[bool](send))); err != nil {
			t.Fatal(err)
		}
		if tooSoon(t, ctx) {
			continue
		}
		if x.then != "" {
			visit(t, ctx, base+x.then)
		}
		return
	}
	t.Fatalf("%s is refused again and again", s.name)
}
