package web_test

import (
	"cmp"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/web"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// dayPart is a field of a day.
var dayPart = regexp.MustCompile(`-(day|month|year)$`)

// fitting are answers that no rule of thumb finds.
var fitting = map[string]url.Values{
	"POST /cases/{case}/refusals/{record}":         {"again-day": {"30"}, "outcome": {"refused-again"}},
	"POST /dockets/{board}/write/{sort}/{item}":    {"witness": {"W-9"}},
	"POST /cases/{case}/person/correct":            {"citizenships": {"MD"}},
	"POST /directory/{organisation}/change/{part}": {"postal-code": {"1000"}},
	"POST /publications/{publication}/change":      {"source": {"https://example.org/so-and-so"}},
	"POST /cases/{case}/reflections/{record}":      {"ended-day": {"3"}},
	"POST /returns/{return}/assessment":            {"domain-further-2": {""}, "factor-further-2": {""}, "found-further-2": {""}, "mitigation-further-2": {""}, "level-further-2": {}, "accepts-further-2": {}, "domain-further-1": {""}, "factor-further-1": {""}, "found-further-1": {""}, "mitigation-further-1": {""}, "level-further-1": {}, "accepts-further-1": {}},
}

// over is how a form is answered, into which nothing is typed, once the first has done what it says.
var over = map[string]int{
	"POST /cooperation/{thread}/send":              http.StatusSeeOther, // to the request, which was sent
	"POST /webhooks/{webhook}/remove":              http.StatusNotFound, // it is no more
	"POST /directory/{organisation}/erase/confirm": http.StatusNotFound,
	"POST /urgent/{referral}":                      http.StatusSeeOther, // to the page which says that it was sent
}

// answered is what a form is sent with by somebody who fills in everything: her own words wherever she can write, and what is offered first
// wherever she chooses. It returns her words apart.
func answered(pattern, form, words string) (out url.Values, said []string) {
	out = filled(form, words)
	for _, at := range controls.FindAllStringSubmatch(form, -1) {
		name, stands := "", ""
		if m := named.FindStringSubmatch(at[2]); m != nil {
			name = html.UnescapeString(m[1])
		}
		if m := valued.FindStringSubmatch(at[2]); m != nil {
			stands = html.UnescapeString(m[1])
		}
		fits, sure := fitting[pattern][name]
		switch {
		case sure:
			out[name] = fits
		case strings.HasPrefix(name, "n-") || strings.HasSuffix(name, "-without"):
			out.Del(name) // why there is no answer: there is one
		case out.Get(name) != words:
		case dayPart.MatchString(name):
			out.Set(name, cmp.Or(stands, map[string]string{"day": "2", "month": "3", "year": "2026"}[dayPart.FindStringSubmatch(name)[1]]))
		case strings.Contains(at[2], `inputmode="numeric"`):
			out.Set(name, "2")
		case name == "out-of-hours":
			out.Set(name, "+389 70 000 0"+strconv.Itoa(len(words)))
		case name == "time" || name == "hour":
			out.Set(name, "10:30")
		default:
			out.Set(name, words+" "+name)
			said = append(said, words+" "+name)
		}
	}
	if m := doing.FindStringSubmatch(form); m != nil {
		out.Set("do", m[1])
	}
	return out, said
}

var doing = regexp.MustCompile(`<button[^>]*name="do"[^>]*value="([^"]*)"`)

// opened is a form that names the version it was opened at.
type opened struct {
	action, pattern, html string
	version               int64
}

// writing are the forms of a page that change something with a version.
func writing(t *testing.T, mux *http.ServeMux, body string) (all []opened) {
	t.Helper()
	for _, form := range sending.FindAllStringSubmatch(body, -1) {
		x := opened{action: html.UnescapeString(form[1]), html: form[2]}
		m := regexp.MustCompile(`name="version" value="([0-9]+)"`).FindStringSubmatch(form[2])
		if m == nil {
			continue
		}
		var err error
		if x.version, err = strconv.ParseInt(m[1], 10, 64); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(form[2], `name="stood"`) { // bound to the answers of one page of the draft: webreferral tests it
			continue
		}
		if _, x.pattern = mux.Handler(httptest.NewRequest(http.MethodPost, x.action, nil)); harmless()[x.pattern] == "" && !strings.Contains(x.html, `value="apart"`) && !strings.Contains(x.html, `value="together"`) { // that two files are not of one person is added, or taken back once
			all = append(all, x)
		}
	}
	return all
}

// overtaken sends every form of these screens that names the version it was opened at, as whoever was not the first: she is told so, sees
// how it stands, and finds all that she typed. It returns the routes.
func overtaken(t *testing.T, w *webtest.World, all []screen) (seen, saved map[string]bool) {
	t.Helper()
	mux := http.NewServeMux()
	for _, r := range web.Routes() {
		mux.HandleFunc(r.Pattern, func(http.ResponseWriter, *http.Request) {})
	}
	seen, saved = map[string]bool{}, map[string]bool{}
	people := map[string]*webtest.Somebody{}
	as := func(login, session string) *webtest.Somebody {
		p := people[login+session]
		if p == nil {
			p = w.As(login)
			people[login+session] = p
		}
		return p
	}
	step := 0
	near := func(r *http.Request) { r.RemoteAddr = fmt.Sprintf("10.%d.%d.1:1", 100+step/256, step%256) } // none asks too fast
	refused := func(x opened, form url.Values, said []string, p *webtest.Somebody) {
		t.Helper()
		a := p.Do(http.MethodPost, x.action, form, near)
		if over[x.pattern] == a.Status && len(said) == 0 {
			return
		}
		if a.Status != http.StatusConflict {
			t.Errorf("%s: %d to %q\n%s", x.pattern, a.Status, a.Header.Get("Location"), cmp.Or(strings.Join(told(a), "; "), a.Text()))
			return
		}
		seen[x.pattern] = true
		if !strings.Contains(a.Body, `id="stands"`) && !strings.Contains(a.Body, `name="keep-`) {
			t.Errorf("%s does not show how it stands:\n%s", x.pattern, a.Text())
		}
		for _, words := range said {
			if !strings.Contains(a.Body, html.EscapeString(words)) {
				t.Errorf("%s loses %q", x.pattern, words)
			}
		}
	}
	walk := func(each func(p, q *webtest.Somebody, x opened)) { // who sends one form of a page finds the next as it stands then
		t.Helper()
		for _, s := range all {
			if s.login == "" {
				continue
			}
			p := as(s.login, "")
			for n := 0; ; n++ {
				step++
				all := writing(t, mux, p.Do(http.MethodGet, s.path, nil, near).Body)
				if n >= len(all) {
					break
				}
				each(p, as(s.login, " elsewhere"), all[n])
			}
		}
	}
	// Somebody has changed it since.
	walk(func(p, _ *webtest.Somebody, x opened) {
		form, said := answered(x.pattern, x.html, "DEMO so and so")
		other := x.version - 1
		if other < 1 {
			other = 2 // there is none before the first
		}
		form.Set("version", strconv.FormatInt(other, 10))
		refused(x, form, said, p)
	})
	// Two have opened it, and both send.
	walk(func(p, q *webtest.Somebody, x opened) {
		first, _ := answered(x.pattern, x.html, "DEMO the first")
		second, said := answered(x.pattern, x.html, "DEMO the second")
		if a := p.Do(http.MethodPost, x.action, first, near); a.Status == http.StatusSeeOther || a.Status == http.StatusCreated {
			saved[x.pattern] = true
			refused(x, second, said, q)
		}
	})
	return seen, saved
}

// singly are the forms that write nothing over, each with why two people lose nothing of each other by it.
const singly = `
	POST /cases/{case}/lookups/new; POST /cases/{case}/lookups/thing | adds beside what stands; two questions about one person do not wait at once
	POST /lookups/{lookup}; POST /lookup-hits/{hit} | said once, of what never changes but by this; who comes second is told that it is settled
	POST /publications/new; POST /publications/{publication}/file; POST /follow-up/table; POST /kept/{publication} | adds a record or a version; a second version of the same number is refused
	POST /counts/new | adds a proposal beside those that stand, and only once it was looked at
	POST /counts | says anew what holds from now on, with its source; the log keeps what held before
	POST /counts/{count}/voice; POST /counts/{count}/records; POST /counts/{count}/publish | said once, and refused where it was said or is not its turn
	POST /lookup-openings | draws by chance from what was never drawn
	POST /lookup-secret | refused while a run is not over; a run changes nothing that anybody wrote
	POST /signin; POST /signin/code; POST /signin/passkey; POST /signin/known; POST /signout; POST /place; POST /leave; POST /enrol/{link} | of one session or one link
	POST /kept; POST /kept/forget; POST /language; POST /me/sessions/{session}; POST /me/notices | her own, and nobody else's
	POST /me/unlock/prove; POST /me/unlock/passkeys; POST /me/unlock/passkeys/{passkey}; POST /me/unlock/second/prove; POST /me/unlock/second | her own
	POST /me/unlock/second/off; POST /me/unlock/passphrase; POST /me/unlock/identities; POST /me/unlock/identities/{identity} | her own
	POST /me/notices/browsers; POST /me/notices/browsers/{browser}; POST /offline; POST /offline/devices/{device}; POST /offline/contact | of one browser
	POST /offline/drafts | begins something, or is compared with what stands where it came with a version: TestEveryScreenIsTranslated sees offline-both
	POST /texts/{language}/{text} | bound to the digest of the text that was read
	POST /demands | one switch: the last one counts, and the page shows it
	POST /tasks/{task}/done; POST /users/{user}/disable; POST /users/{user}/sessions/{session} | goes one way, once
	POST /users/new; POST /users/{user}/link; POST /users/{user}/identities; POST /users/{user}/identities/{identity}; POST /desks/new; POST /desks/{desk}/propose | adds
	POST /let-in/{user}; POST /desks/{desk}/grant/{user}; POST /desks/{desk}/remove/{user} | goes one way, once
	POST /desks/{desk}/intake | draws new keys; those before them stay
	POST /duty/{desk}/away; POST /duty/{desk}/back | one line for each of the desk: the last one counts, and the page shows it
	POST /duty/{desk}; POST /duty/{desk}/drop | bound to the mark of the whole roster that was shown
	POST /members/{member}/block; POST /members/{member}/unblock; POST /sending | one switch: the last one counts, and the page shows it
	POST /service-accounts/{user}/reading | refuses another version, and answers as the three forms beside it, which are seen here
	POST /letters/{message}/resend | is refused once it was sent again
	POST /audit/check | only reads
	POST /members/{member}/test; POST /members/next; POST /courier; POST /courier/file; POST /directory/export | changes nothing that somebody has typed
	POST /directory/new; POST /directory/file; POST /directory/{organisation} | adds, or opens
	POST /directory/{organisation}/capacity | says how it is now, and names when each was said before: TestTwoSayWhetherThereIsRoom
	POST /retention/holds; POST /retention/holds/{hold}; POST /restrictions; POST /restrictions/{restriction}/told; POST /restrictions/{restriction}/lift | adds, or goes one way, once
	POST /retention/settled | the newest day counts
	POST /retention/purges; POST /retention/purges/{purge}/confirm; POST /retention/purges/{purge}/withdraw | bound to the digest of the list that was shown
	POST /imports/new; POST /imports/{upload} | a table as a whole
	POST /service-accounts/new; POST /webhooks/new; POST /webhooks/{webhook}/test; POST /webhooks/{webhook}/replay | adds, or sends again
	POST /profile/checklist | bound to the digest of the value that was shown
	POST /cases/new; POST /cases/begin; POST /find; POST /hits/{hit}; POST /cases/{case}/restriction; POST /urgent; POST /urgent/new | begins, or only looks
	POST /cases/{case}/person | is refused where she is recorded already
	POST /cases/{case}/reach/{index}; POST /cases/{case}/files/{record}; POST /cases/{case}/htcds; POST /cases/{case}/copy; POST /page/new | opens, and writes down that it was opened
	POST /cases/{case}/files; POST /cases/{case}/note; POST /cases/{case}/risk; POST /cases/{case}/decide; POST /cases/{case}/reflection | adds a record; those before it stay
	POST /cases/{case}/refusals; POST /cases/{case}/cooperation; POST /cases/{case}/service; POST /cases/{case}/mediation; POST /cases/{case}/corrections | adds a record; those before it stay
	POST /cases/{case}/needs; POST /cases/{case}/steps; POST /cases/{case}/plan/agreement; POST /cases/{case}/links/new; POST /cases/{case}/conferences/new | adds a record; those before it stay
	POST /cases/{case}/childhood/guardians; POST /cases/{case}/childhood/interests; POST /cases/{case}/childhood/ages; POST /cases/{case}/childhood/told | adds a record; those before it stay
	POST /cases/{case}/childhood/notices; POST /cases/{case}/childhood/review; POST /cases/{case}/fill/{form}; POST /cases/{case}/screenings/new; POST /cases/{case}/forms/{record}/correct | adds a record; those before it stay
	POST /dockets/new; POST /dockets/{board}/again; POST /dockets/{board}/erase | begins another, sends the same again, or goes one way
	POST /cooperation/new; POST /cooperation/{thread}/again; POST /cooperation/{thread}/container; POST /cooperation/{thread}/erase; POST /cooperation/key; POST /cooperation/key/certificate; POST /cooperation/key/request.pem | begins another, sends the same again, or goes one way
	POST /cases/{case}/returns; POST /messages/new; POST /messages/{thread}; POST /letters/{message}; POST /unnamed | adds; those before it stay
	POST /cases/{case}/consent; POST /cases/{case}/consents/{consent}/withdraw; POST /consents/{consent} | adds, or goes one way, once
	POST /consents/{consent}/reply; POST /releases/{release}/approve; POST /releases/{release}/end | goes one way, once
	POST /cases/{case}/override; POST /cases/{case}/releases; POST /emergency | adds, or opens
	POST /overrides/{override}/approve; POST /overrides/{override}/inform; POST /overrides/{override}/review | goes one way, once
	POST /page; POST /page/back; POST /page/off; POST /cases/{case}/page/off; POST /cases/{case}/page/{consent}; POST /reply | hers, and goes one way
	POST /cases/{case}/urgent | the draft of one first responder; it goes on with the version that it reads
	POST /cases/{case}/duplicates | says of two files that they are not of one person, or the other way round: adds
	POST /referrals/{referral}/open; POST /referrals/{referral}/reach/{index}; POST /referrals/{referral}/letter; POST /referrals/{referral}/file | opens
	POST /referrals/{referral}/file/save; POST /referrals/{referral}/re-refer | saves what stands there, or begins another
`

func harmless() map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(singly) {
		patterns, why, _ := strings.Cut(line, " | ")
		for p := range strings.SplitSeq(patterns, ";") {
			if p = strings.TrimSpace(p); p != "" {
				all[p] = strings.TrimSpace(why)
			}
		}
	}
	return all
}

// told is what a page says is to be corrected.
func told(a webtest.Answer) (all []string) {
	for _, m := range wrong.FindAllStringSubmatch(a.Body, -1) {
		all = append(all, strings.TrimSpace(html.UnescapeString(markup.ReplaceAllString(m[1]+m[2], ""))))
	}
	return all
}

// moments are screens with forms that no other screen has, because they stand there for a moment only.
func moments(w *webtest.World, path string) []screen {
	w.T.Helper()
	ana := w.As("ana")
	version := func(p *webtest.Somebody, path string) string {
		return p.Get(path).OK().Find(`name="version" value="([0-9]+)"`)
	}
	draft := webtest.Draft(ana, path)
	erased, moved := webtest.Entered(w), webtest.Entered(w)
	ana.Post(erased+"/erase", url.Values{"version": {version(ana, erased)}, "reason": {"DEMO: entered twice"}}).OK()
	ana.Post(moved+"/move", url.Values{"version": {version(ana, moved)}, "to": {"charity"}}).OK()
	team := strings.TrimSuffix(ana.Do(http.MethodPost, "/cases/new", url.Values{"age": {"adult"}, "asylum": {"no"}}).Is(http.StatusSeeOther).Header.Get("Location"), "/person")
	signed := webtest.Conferring(ana, team)
	ana.Take(signed, "minutes", webtest.Minutes()).OK()
	text := webtest.Resolved()
	text["signs"] = []string{"1"}
	ana.Take(signed, "text", text).OK()
	w.As("ana").Take(signed, "answer", url.Values{"reply": {"signed"}}).OK()
	away := webtest.At(w.T, w.Node.Net.Node("MK"))
	told, asked := webtest.AskedAbroad(w, away)
	q := away.As("ana")
	q.Post(asked+"/refusal", url.Values{"version": {version(q, asked)}, "reason": {"cannot-assess"}}).OK()
	w.Node.Net.Run()
	ana = w.As("ana")
	leaving := webtest.Returning(ana, team)
	ana.Take(leaving, "decision", webtest.Decision()).OK()
	ana.Take(leaving, "assessment", webtest.Risks(ana, leaving)).OK()
	olga := w.As("olga")
	olga.Post(leaving+"/signature", url.Values{"version": {version(olga, leaving)}, "accepts": {"origin/"}}).OK()
	ana.Take(leaving, "plan", url.Values{
		"leaves-day": {"20"}, "leaves-month": {"3"}, "leaves-year": {"2026"}, "papers": {"none-needed"}, "fit": {"yes"}, "escort": {"none"},
		"met-by": {"her sister"}, "reception": {"Demo street 1"}, "told": {"yes"},
	}).OK()
	return []screen{
		{"referral-draft", "ana", path + "/referral?view=whole&draft=" + strings.TrimPrefix(draft, "/referrals/")},
		{"draft-check", "ana", draft + "/check"},
		{"erased", "vera", erased},
		{"moved", "olga", moved},
		{"signed", "ana", signed},
		{"told", "ana", told},
		{"leaving", "ana", leaving},
	}
}

// TestNobodyIsWrittenOver: every form that changes something is either sent here by two people, of whom the second loses nothing and is shown
// what stands, or writes nothing over, for a reason that is given. A new route without either fails.
func TestNobodyIsWrittenOver(t *testing.T) {
	w := webtest.Pair(t)
	path := webtest.Opened(t, w.As("ana"))
	all := screens(w, path)
	more, sent := rare(w, path)
	all = slices.Concat(all, more, firsts(w, sent), moments(w, path))
	seen, saved := overtaken(t, w, all)
	why := harmless()
	for _, r := range web.Routes() {
		if strings.HasPrefix(r.Pattern, "POST ") && seen[r.Pattern] == (why[r.Pattern] != "") {
			t.Errorf("%s was seen to keep two people apart: %t; and why it needs not: %q", r.Pattern, seen[r.Pattern], why[r.Pattern])
		}
		delete(why, r.Pattern)
	}
	for p := range why {
		t.Errorf("a reason stands for %s, which does not exist", p)
	}
	if len(saved) < 40 || !saved["POST /referrals/{referral}/acknowledge"] { // the steps of a referral are one handler, and most are not taken from a draft
		t.Errorf("of %d forms only %d were saved by the first of two: %v", len(seen), len(saved), slices.Sorted(maps.Keys(saved)))
	}
}
