package api_test

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/api"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// number is what names one request in the log.
var number = regexp.MustCompile(`urn:opentrm:request:[a-z0-9]+`)

// whole are requests that have all that their noun looks at before it looks who asks.
var whole = map[string]map[string]any{
	"override.propose": {
		"basis": "vital-interests", "recipient": map[string]string{"member": "MK", "desk": "focal-point"}, "categories": []string{"identity.names"},
		"text": "DEMO: danger to life, nobody else can help", "notice": "DEMO: by telephone, tomorrow",
	},
	"case.emergency-open": {"reason": "missing-person", "words": "DEMO: she has not come home"},
	"case.note":           {"language": "ro", "text": "DEMO"},
	"case.refuse":         {"offer": "referral"},
	"restriction.reason":  {"code": "court", "words": "DEMO: she asks for it"},
}

// TestWhatIsHiddenLooksLikeWhatIsMissing asks every route that names something of a case, as everybody who may not know that there is such a
// case: of each role at a desk of her own, and at the emergency desk off duty. The answers for what is there and for what never was are the
// same bytes but for the number of the request, the log gets as many entries, and neither is done.
func TestWhatIsHiddenLooksLikeWhatIsMissing(t *testing.T) {
	w := webtest.Pair(t)
	x, ctx := w.Node, t.Context()
	webtest.Charity(w)
	ana := w.As("ana")
	file := webtest.Opened(t, ana)
	last := func(p string) string { return path.Base(strings.Split(p, "?")[0]) }
	ids := map[string]string{"case": last(file), "referral": last(webtest.Draft(ana, file))}
	ids["return"], ids["conference"] = last(webtest.Returning(ana, file)), last(webtest.Conferring(ana, file))
	ids["record"] = last(webtest.Attached(ana, file))
	given, err := x.Consents.List(ctx, x.As("ana").Actor, id.Case(ids["case"]))
	if err != nil || len(given) == 0 {
		t.Fatal(given, err)
	}
	ids["consent"] = string(given[0].ID)
	over, err := x.Consents.Propose(ctx, x.As("ana"), id.Case(ids["case"]), consent.Reason{
		Basis: consent.VitalInterest, Recipient: id.Address{Member: "MK", Desk: "focal-point"}, Category: []consent.Code{"identity.names"},
		Text: "DEMO: somebody stands before the door", Notice: "DEMO: tonight",
	})
	if err != nil {
		t.Fatal(err)
	}
	ids["override"] = string(over.ID)
	x.Desk(desk.Desk{ID: "data", Kind: desk.AtNode, Realm: access.Office, Purpose: desk.DataProtection, Function: "desk.function.focal-point"}, "dana", access.DataProtectionOfficer)
	x.Desk(desk.Desk{ID: "emergency", Kind: desk.AtNode, Realm: access.Assistance, Purpose: desk.Emergency, Function: "desk.function.shelter"}, "erna", access.CaseManager)
	x.Join("emergency", "emil", access.CaseManager, "erna")
	erna, now := x.As("erna"), frame.At(x.Net.Clock.Now())
	if _, err := x.Desks.Schedule(ctx, x.As("ada").Actor, erna.Desk, desk.Mark(nil), now, []desk.Shift{{Desk: erna.Desk, User: erna.User, From: now, To: now.Add(8 * time.Hour)}}); err != nil {
		t.Fatal(err)
	}
	logins := []string{"emil", "olga"}
	for _, r := range w.Staff() {
		logins = append(logins, "x-"+string(r))
	}
	row, err := x.Cases.Know(ctx, x.As("ana").Actor, id.Case(ids["case"]))
	if err != nil {
		t.Fatal(err)
	}
	filled := func(p string, missing bool) string { // "" where something else is asked for
		some, known := false, true
		to := place.ReplaceAllStringFunc(p, func(name string) string {
			v := ids[strings.Trim(name, "{}")]
			some, known = true, known && v != ""
			if v != "" && missing {
				return spoiled(v)
			}
			return v
		})
		if !some || !known {
			return ""
		}
		return to
	}
	doc, all := descriptionOf(t), descriptions(t)
	asked, before := 0, rows(t, x)
	for _, login := range logins {
		q := as(t, x, login)
		if a := q.do("GET", "/references/"+string(row.Reference), nil); a.Code/100 == 2 {
			continue // she may know that there is this case
		}
		ask := func(missing bool) (answers map[string]string, logged int64) {
			answers, logged = map[string]string{}, entries(t, x)
			for _, r := range api.Routes() {
				to := filled(r.Path, missing)
				if to == "" {
					continue
				}
				if len(answers)%10 == 0 {
					q.h = x.API.Handler() // each has its own limit of questions
				}
				body := doc.body(r)
				if m, ok := body.(map[string]any); ok {
					maps.Copy(m, whole[r.ID])
				}
				var headers []string
				if all[r.ID].match {
					headers = []string{"If-Match", `"1"`}
				}
				a := q.do(r.Method, to, body, headers...)
				text := number.ReplaceAllString(a.Body.String(), "REQUEST")
				for _, part := range strings.Split(to, "/") {
					if len(part) > 10 { // who asks knows what she asked for
						text = strings.ReplaceAll(text, part, "ASKED")
					}
				}
				answers[r.ID] = fmt.Sprint(a.Code, " ", text)
			}
			return answers, entries(t, x) - logged
		}
		there, first := ask(false)
		missing, second := ask(true)
		knowing := false
		for _, r := range api.Routes() {
			route := r.ID
			if there[route] == "" || knows(there, r.Path) {
				knowing = knowing || there[route] != ""
				continue
			}
			if asked++; there[route] != missing[route] {
				t.Errorf("%s, %s: what is hidden differs from what is missing:\n%s\n%s", login, route, there[route], missing[route])
			}
		}
		if !knowing && first != second {
			t.Errorf("%s: %d entries in the log for what is there, %d for what is missing", login, first, second)
		}
	}
	after := rows(t, x)
	for table := range after {
		if n := len(after[table]) - len(before[table]); n != 0 && !strings.HasPrefix(table, "audit_") {
			t.Errorf("%d rows more in %s", n, table)
		}
	}
	if asked < 500 {
		t.Errorf("only %d were asked", asked)
	}
}

// knows reports whether who asks learns of what a path names by a right of her own: it shows itself to her.
func knows(answers map[string]string, to string) bool {
	names := place.FindAllString(to, -1)
	for _, r := range api.Routes() {
		if r.Method == "GET" && strings.HasPrefix(answers[r.ID], "20") && slices.Equal(place.FindAllString(r.Path, -1), names) {
			return true
		}
	}
	return false
}

// spoiled is an identifier like this one that names nothing.
func spoiled(v string) string {
	return v[:len(v)-1] + map[bool]string{true: "b", false: "a"}[strings.HasSuffix(v, "a")]
}
