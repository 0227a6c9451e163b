package api_test

import (
	"bytes"
	"maps"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/api"
	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/task"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// blind are the changing routes that name no version of what was read, each with why nobody writes over what she has not seen.
// What brings something about (201) adds, and needs no reason.
const blind = `
	session.sign-out session.act session.revoke unlock.passphrase | of one session or one's own; the passphrase before is named
	device.discard user.disable desk.remove | goes one way, once, and must not wait for anything
	case.own-page-revoke member.block | shuts something at once, whatever it was meanwhile
	member.unblock | opens what one shut oneself; the log says who shut it again
	consent.withdraw consent.own-confirm referral.withdraw | what she takes back is taken back, whatever somebody else did meanwhile
	consent.confirm consent.reply | a consent never changes; each of these is said of it once
	override.approve override.review override.inform release.approve release.withdraw | what was signed never changes; each of these is done once
	desk.grant user.let-in | bound to the fingerprint that was compared
	profile.confirm purge.confirm text.review | bound to the digest of what was read
	profile.state | waits until somebody confirms what she read, by its digest
	purge.withdraw hold.lift restriction.noticed restriction.told restriction.lift | of one thing that never changes but by this, once
	user.unlink | takes one identity away, which is what it is or is not there
	desk.away desk.back | one person's own absence: the newest word is true, and decides over nothing but whom the next task reaches
	case.erase | of a closed case, whose file changes no more; what stands against it is asked in the same transaction
	child.review duplicate.apart duplicate.together restriction.reason hold.settle case.search-contact fact.tell fact.freeze | is written down beside what stands, and changes nothing of it
	fact.collect-rows intake.rows | adds rows to one's own import
	fact.collect-end intake.end | ends one's own import, once
	case.rekey desk.rewrap desk.rotate desk.rotate-intake case.search-rotate case.search-refold case.search-build | goes on from whatever stands; nothing that anybody wrote is changed
	key.enrol key.offer key.paper key.drill key.recover | adds a share, or uses what two officers gave
	member.join member.publish member.sign-sheet roster.import | bytes with a version of their own, which only rises
	exchange.import directory.import | bytes from outside; what they may write over is said in the request or by who signed them
	lookup.confirm lookup.decide | each is said once, of what never changes but by this; a second person says it
	lookup.demand lookup.demand-of-others | draws anew each time, from what was not drawn
	lookup.attend | goes on from whatever stands; nothing that anybody wrote is changed
	count.allow | says anew what holds from now on, with its source; the log keeps what held before
	count.agree count.decline count.prepare count.encrypt count.publish | one step of a run, which is done once and refused where it is not its turn
	region.approve region.decline region.publish | one step of a release, by a second person, of what was prepared and stands; refused where it has changed
	region.prepare region.compile | made anew from what stands; nothing that anybody wrote is changed
	lookup.call | refused while a run is not over; a run changes nothing that anybody wrote
	exchange.export exchange.reopen exchange.test audit.verify | changes nothing that anybody wrote
	message.resend | of one message that was refused, once
	webhook.replay webhook.test | sends, and changes nothing
	referral.open referral.print referral.seal case.search duplicate.candidates case.own-page-issue | shows; its opening is noted
	referral.reply | the code of a letter works once
`

// TestWhoChangesNamesWhatSheRead: every route that changes something that stands takes If-Match, or says why not; and without
// the header it is refused with 428 before anything is done, whatever its path names.
func TestWhoChangesNamesWhatSheRead(t *testing.T) {
	x := nodetest.New(t, nodetest.At("MK")).Node("MK")
	reasons := map[string]bool{}
	for line := range strings.Lines(blind) {
		names, why, found := strings.Cut(line, "|")
		if strings.TrimSpace(line) != "" && (!found || strings.TrimSpace(why) == "") {
			t.Errorf("no reason in %q", line)
		}
		for _, name := range strings.Fields(names) {
			reasons[name] = true
		}
	}
	all, doc := descriptions(t), descriptionOf(t)
	var q *asking
	asked := 0
	for _, r := range api.Routes() {
		match := all[r.ID].match
		switch {
		case r.Method == http.MethodGet:
			continue
		case match && reasons[r.ID]:
			t.Errorf("%s takes If-Match: take its reason out", r.ID)
		case !match && !reasons[r.ID] && !r.Made:
			t.Errorf("%s changes what stands, takes no If-Match and does not say why", r.ID)
		}
		delete(reasons, r.ID)
		if !match {
			continue
		}
		if asked%15 == 0 { // each session has its own limit
			q = as(t, x, "ana")
		}
		asked++
		w := q.do(r.Method, place.ReplaceAllString(r.Path, "0"), doc.body(r))
		if w.Code != http.StatusPreconditionRequired || keyOf(w) != "api.match.missing" {
			t.Errorf("%s without If-Match: %d %.300s", r.ID, w.Code, w.Body)
		}
	}
	for name := range reasons {
		t.Errorf("a reason is given for %s, which is no changing route", name)
	}
	if asked < 60 {
		t.Errorf("only %d routes take If-Match", asked)
	}
}

var place = regexp.MustCompile(`\{\w+\}`)

// TestWhoReadSomethingElseIsTold asks these routes under a version that is not the one that stands: 412, and nothing changes.
func TestWhoReadSomethingElseIsTold(t *testing.T) {
	w := webtest.Pair(t)
	x, ctx := w.Node, t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	last := func(p string) string { return path.Base(strings.Split(p, "?")[0]) }
	webtest.Charity(w)
	ana := w.As("ana")
	file := webtest.Opened(t, ana)
	ids := map[string]string{"case": last(file), "referral": last(webtest.Draft(ana, file)), "desk": string(x.As("ana").Desk)}
	ids["return"], ids["conference"] = last(webtest.Returning(ana, file)), last(webtest.Conferring(ana, file))
	ids["transfer"] = last(webtest.Offered(w))
	house, err := x.Directory.Add(ctx, x.As("ana"), directory.Body{
		Name: "House", Description: "Fictitious", Services: []directory.Offer{{Code: "accommodation", Name: "A bed"}}, Places: []directory.Place{},
	}, nil)
	must(err)
	ids["organisation"], ids["service"] = string(house.ID), string(house.Body.Services[0].ID)
	tasks, err := x.Tasks.List(ctx, x.As("ana").Actor, task.Filter{Limit: 5})
	must(err)
	ids["task"] = string(tasks[0].ID)
	ids["publication"] = as(t, x, "ana").id("POST", "/publications", map[string]any{"kind": "practice", "valid_from": frame.At(x.Config.Now()), "content": practice()})
	_, merge := webtest.Proposed(w)
	ids["merge"] = last(merge)
	hooks, programs := webtest.Hooked(w), webtest.Programs(w)
	ids["webhook"], ids["user"] = last(hooks[0]), last(programs[0])
	doc, tried := descriptionOf(t), map[string]bool{}
	all := descriptions(t)
	onPages := map[string]bool{}
	for _, name := range strings.Fields(overtaken) {
		onPages[name] = true
	}
	for _, login := range []string{"ana", "ada", "sara", "dora"} {
		var q *asking
		asked := 0
		for _, r := range api.Routes() {
			if !all[r.ID].match || tried[r.ID] || strings.Contains(r.Path, "{record}") || strings.Contains(r.Path, "{thread}") {
				continue
			}
			if asked%15 == 0 {
				q = as(t, x, login)
			}
			asked++
			to := place.ReplaceAllStringFunc(r.Path, func(p string) string { return ids[strings.Trim(p, "{}")] })
			body := doc.body(r)
			if m, ok := body.(map[string]any); ok {
				maps.Copy(m, fitting[r.ID])
			}
			a := q.do(r.Method, to, body, "If-Match", `"977"`)
			if a.Code == http.StatusPreconditionFailed {
				tried[r.ID] = true
			} else if a.Code/100 == 2 {
				t.Errorf("%s does %s under another version: %d %s", login, r.ID, a.Code, a.Body)
			}
		}
	}
	for _, r := range api.Routes() {
		if all[r.ID].match && tried[r.ID] == onPages[r.ID] {
			t.Errorf("%s: refused here with 412: %t; said to be tried on its page: %t", r.ID, tried[r.ID], onPages[r.ID])
		}
	}
}

// overtaken are the routes of which the noun looks at a record, a second person or a state before it looks at the version. That their
// handlers hand the version on is what compiles; that the nouns look at it is tried on the pages that do the same, by web.TestNobodyIsWrittenOver.
const overtaken = `
	case.correction case.fill-on case.close case.reopen case.serve-change case.reflect-end case.refuse-asked person.correct person.reach
	plan.need-end plan.turn plan.deliver link.end child.exclude child.guardian-end
	duplicate.merge duplicate.confirm conference.answer homecoming.sign homecoming.stop joint.sign joint.decline referral.redraft
	publication.correct directory.change
`

// fitting is what a noun looks at before it looks at the version.
var fitting = map[string]map[string]any{
	"notice.set":              {"channel": "mail", "address": "ana@md.example", "language": "en", "zone": "UTC"},
	"desk.change":             {"function": "shelter", "zone": "UTC"},
	"publication.attach":      {"name": "a.txt", "content": "eA=="},
	"publication.withdraw":    {"reason": "mistake"},
	"publication.correct":     {"kind": "practice", "valid_from": 1, "content": practice()},
	"directory.propose-erase": {"reason": "entered twice"},
	"directory.end":           {"part": "organisation", "reason": "closed", "on": "2026-02-28"},
	"conference.end":          {"reason": "not-held"},
	"homecoming.close":        {"reason": "followed-up"},
	"transfer.decline":        {"reason": "no-capacity"},
	"transfer.revoke":         {"reason": "offered-in-error"},
}

// schema is the description as far as a body can be made by it.
type schema map[string]any

// descriptionOf reads the description into maps: it is YAML of maps, lists and single lines only.
func descriptionOf(t *testing.T) schema {
	t.Helper()
	b, err := api.Description(texts(t))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range bytes.Lines(b) {
		if s := strings.TrimRight(string(line), "\n"); strings.TrimSpace(s) != "" {
			lines = append(lines, s)
		}
	}
	got, rest := block(lines, 0)
	if len(rest) > 0 {
		t.Fatalf("%q is not understood", rest[0])
	}
	return got.(map[string]any)
}

func indent(s string) int { return len(s) - len(strings.TrimLeft(s, " ")) }

// block reads the lines that stand at least so far in.
func block(lines []string, at int) (any, []string) {
	if len(lines) > 0 && strings.HasPrefix(lines[0][at:], "- ") {
		var list []any
		for len(lines) > 0 && indent(lines[0]) == at && strings.HasPrefix(lines[0][at:], "- ") {
			item := lines[0][at+2:]
			if !key.MatchString(item) {
				list, lines = append(list, scalar(item)), lines[1:]
				continue
			}
			lines = slices.Clone(lines)
			lines[0] = strings.Repeat(" ", at+2) + item
			var v any
			v, lines = block(lines, at+2)
			list = append(list, v)
		}
		return list, lines
	}
	m := map[string]any{}
	for len(lines) > 0 && indent(lines[0]) == at {
		parts := key.FindStringSubmatch(lines[0][at:])
		if parts == nil {
			return m, lines
		}
		name, value := strings.Trim(parts[1], `"`), parts[2]
		lines = lines[1:]
		if value != "" {
			m[name] = scalar(value)
			continue
		}
		if len(lines) > 0 && (indent(lines[0]) > at || strings.HasPrefix(strings.TrimSpace(lines[0]), "- ")) {
			m[name], lines = block(lines, indent(lines[0]))
		}
	}
	return m, lines
}

var key = regexp.MustCompile(`^("[^"]*"|[^\s"][^:]*):(?: (.*))?$`)

func scalar(s string) any {
	if u, err := strconv.Unquote(s); err == nil {
		return u
	}
	return s
}

func at(v any, names ...string) any {
	for _, n := range names {
		m, _ := v.(map[string]any)
		v = m[n]
	}
	return v
}

// body makes what the description of a route demands of its request, and no more; nil: nothing.
func (s schema) body(r call.Route) any {
	of := at(map[string]any(s), "paths", r.Path, strings.ToLower(r.Method), "requestBody", "content", "application/json", "schema")
	if of == nil {
		return nil
	}
	return s.value(of)
}

func (s schema) value(of any) any {
	if ref, ok := at(of, "$ref").(string); ok {
		return s.value(at(map[string]any(s), "components", "schemas", path.Base(ref)))
	}
	if list, ok := at(of, "enum").([]any); ok {
		return list[0]
	}
	kind := at(of, "type")
	if list, ok := kind.([]any); ok {
		kind = list[0]
	}
	number := func(name string) int {
		n, _ := strconv.Atoi(strings.TrimSpace(atText(of, name)))
		return n
	}
	switch kind {
	case "object":
		m := map[string]any{}
		needed, _ := at(of, "required").([]any)
		for _, n := range needed {
			m[n.(string)] = s.value(at(of, "properties", n.(string)))
		}
		return m
	case "array":
		list := []any{}
		for range number("minItems") {
			list = append(list, s.value(at(of, "items")))
		}
		return list
	case "integer", "number":
		return number("minimum")
	case "boolean":
		return false
	case "string":
		return strings.Repeat("x", number("minLength"))
	}
	return map[string]any{}
}

func atText(of any, name string) string {
	s, _ := at(of, name).(string)
	return s
}
