package webreferral_test

import (
	"encoding/json"
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// TestAReferralIsDraftedOneThingAPage: by pages alone, without a script. What stands on a page is kept by whichever button is pressed, also on
// the way back and to any other page; beside each answer stands who is told it; nothing leaves before each page was answered; and who knows
// it all has one page, which her device remembers.
func TestAReferralIsDraftedOneThingAPage(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	n.Run()
	md := webtest.At(t, n.Node("MD"))
	ana := md.As("ana")
	path := webtest.Opened(t, ana)
	at := path + "/referral"
	hidden := regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)
	// press sends the page as it stands with answers, by a button, and returns the page to which that leads.
	press := func(from webtest.Answer, answers url.Values, button string) webtest.Answer {
		t.Helper()
		v := maps.Clone(answers)
		if v == nil {
			v = url.Values{}
		}
		for _, m := range hidden.FindAllStringSubmatch(from.Body, -1) {
			v.Set(m[1], html.UnescapeString(m[2]))
		}
		if button != "" {
			v.Set("go", button)
		}
		return ana.Post(at, v)
	}
	ana.Get(at + "?step=look").OK().Says("Step 1 of 6.") // of nothing there is nothing to look at, nor to send
	ana.Do(http.MethodPost, at, url.Values{"step": {"look"}}).Is(http.StatusConflict)
	desk := ana.Get(at).OK().Says("Step 1 of 6.", "Which desk, and what for", "MK/focal-point", "North Macedonia", "All questions on one page").Never(`name="basis"`, `name="sex"`, "All steps")
	to := html.UnescapeString(desk.Find(`name="to" type="radio" value="([^"]+)"`))
	_, address, _ := strings.Cut(to, " ")
	whole := webtest.DraftForm(to)
	press(desk, url.Values{"to": {"5rm3e8eyw1yy3fnqtg3dsv6pqr " + address}, "kind": whole["kind"], "needs": whole["needs"]}, "").Is(http.StatusUnprocessableEntity)
	press(desk, url.Values{"to": {to}, "kind": {"specialised-service"}}, "").Is(http.StatusUnprocessableEntity).Says("Step 1 of 6.").Find(`value="(specialised-service)" checked`)
	agreed := press(desk, url.Values{"to": {to}, "kind": whole["kind"], "needs": whole["needs"]}, "").OK().
		Says("Step 2 of 6.", "Referral to the desks chosen", "Summary of risks", "MK/focal-point is told this when it accepts.", "Not told to", "All steps")
	draft := agreed.Find(`name="draft" value="([^"]+)"`)
	page := func(name string) webtest.Answer {
		t.Helper()
		return ana.Get(at + "?draft=" + draft + "&step=" + name).OK()
	}

	// keep sends the page as the script does after an answer, which stays on the page.
	keep := func(from webtest.Answer, answers url.Values) {
		t.Helper()
		answers["do"] = []string{"keep"}
		var kept struct{ Fields map[string]string }
		if a := press(from, answers, "").OK(); json.Unmarshal([]byte(a.Body), &kept) != nil || kept.Fields["draft"] != draft {
			t.Fatalf("%q", a.Body)
		}
		delete(answers, "do")
	}
	first := func() webtest.Answer { t.Helper(); return ana.Get(at + "?draft=" + draft).OK() }

	// The ground is chosen by somebody; whoever goes back meanwhile loses nothing and leaves it open. What the script keeps is no answer to a
	// page with several, and to that with one it is.
	press(agreed, nil, "").Is(http.StatusUnprocessableEntity).Says("Step 2 of 6.").Never(`value="consent" selected`)
	press(agreed, nil, "back").OK().Says("Step 1 of 6.").Never("is told this with the request").Find(`value="` + regexp.QuoteMeta(html.EscapeString(to)) + `" (checked)`)
	keep(page("agreed"), url.Values{})
	first().Says("Step 2 of 6.", "Open").Never(`value="consent" selected`)
	keep(page("agreed"), url.Values{"basis": whole["basis"]})
	her := first().Says("Step 3 of 6.", "MK/focal-point is told this with the request.")
	for _, known := range []string{"female", "adult", "ro"} { // what the case says of her
		her.Find(`value="` + known + `" (checked)`)
	}
	keep(her, url.Values{"sex": {"female"}, "age": {"adult"}, "languages": {"ro"}, "risk": {"low"}})
	her = first().Says("Step 3 of 6.")
	press(page("agreed"), nil, "her").OK()
	page("agreed").Find(`value="` + whole.Get("basis") + `" (selected)`)
	handover := press(her, url.Values{"sex": {"female"}, "age": {"adult"}, "languages": {"ro"}, "risk": {"medium"}}, "handover").OK().Says("Step 5 of 6.")
	her = press(handover, url.Values{"urgency": {"urgent"}, "children": {"3"}}, "her").OK().Says("Step 3 of 6.")
	her.Find(`value="medium" (checked)`)
	handover = page("handover")
	handover.Find(`name="children"[^>]*value="(3)"`)
	handover.Find(`value="urgent" (checked)`)
	if strings.Contains(handover.Body, `name="spoken" type="checkbox" value="yes" checked`) {
		t.Error("what was unticked is ticked again")
	}

	ana = md.As("ana") // who asks too often in one session waits
	// One page is open: nothing leaves, whichever way it is tried.
	look := page("look").Says("Step 6 of 6.", "Not every step of this draft was answered", "Female", "Medium", "Urgent")
	press(look, nil, "").Is(http.StatusConflict).Says("Not every step of this draft was answered", "Step 6 of 6.")
	ana.Take("/referrals/"+draft, "check", nil).Is(http.StatusConflict).Says("Not every step of this draft was answered")
	press(page("contact"), nil, "back").OK().Says("Step 3 of 6.")
	contact := page("contact").Says("How she is reached safely", "Before any contact").Never("+373")
	press(contact, nil, "look").OK().Never("Not every step")

	// As the script sends an answer; the page as it was before gives way to it only where the same was asked.
	old := page("handover")
	four := url.Values{"children": {"4"}, "urgency": {"urgent"}}
	keep(old, four)
	press(her, url.Values{"sex": {"female"}, "age": {"adult"}, "languages": {"ro"}, "risk": {"high"}}, "look").OK().Says("High")
	both := press(old, url.Values{"children": {"1"}, "urgency": {"urgent"}}, "").Is(http.StatusConflict).Says("What stands now")
	both.Find(`name="children"[^>]*value="(1)"`)
	page("handover").Find(`name="children"[^>]*value="(4)"`)
	version := func() string { t.Helper(); return page("look").Find(`name="version" value="([0-9]+)"`) }
	before := version()
	press(old, four, "").OK() // both say the same, and nothing is changed
	if now := version(); now != before {
		t.Errorf("version %s became %s", before, now)
	}

	// One page for who knows it; a device remembers that.
	one := ana.Get(at + "?draft=" + draft + "&view=whole").OK().Says("One part per page").Never("Step 1")
	one.Find(`value="high" (checked)`)
	ana.Get(at + "?draft=" + draft).OK().Never("Step ")
	ana.Get(at + "?draft=" + draft + "&view=parts").OK().Says("Step 6 of 6.")

	// A desk that has filled meanwhile is asked about where the desk is chosen, and nowhere else.
	says := func(capacity string) {
		t.Helper()
		n.Clock.Advance(1)
		n.Node("MK").PublishSheet(func(s *member.Sheet) {
			for i := range s.Desks {
				s.Desks[i].Capacity = capacity
			}
		})
		n.Run()
		ana = md.As("ana")
	}
	says("full")
	press(page("handover"), four, "look").OK().Says("Step 6 of 6.")
	press(page("look"), nil, "").Is(http.StatusConflict).Says("This desk says that it is full").Find(`(?s)error-summary.{0,400}?(step=desk)`)
	says("free")
	press(page("look"), nil, "").OK().Says("Sent").Never("Change the answers")
	ana.Get(at + "?draft=" + draft).Is(http.StatusConflict)

	// A consent that ends while a referral is drafted chooses no desk any more, and the page about it says so.
	agreed = press(ana.Get(at).OK(), url.Values{"to": {to}, "kind": whole["kind"], "needs": whole["needs"]}, "").OK().Never("This consent is not in force")
	draft = agreed.Find(`name="draft" value="([^"]+)"`)

	// One of which a restore has left open whether it stands is neither called over nor asked of her a second time.
	err := store.Writer[backup.Tx](md.Node.DB)(t.Context(), audit.Did(nodetest.Console(md.Node.Member), access.RestoreBackup, "x"), func(tx backup.Tx) error {
		return tx.UnconfirmConsents(t.Context(), 2) // as a restore does
	})
	if err != nil {
		t.Fatal(err)
	}
	page("agreed").Says("This node was restored from a backup").Never("This consent is not in force")
	stands := page("desk").Says("This node was restored from a backup").Never("Record one first", `name="to"`).Find(`href="(/consents/[^"]+)"`)
	ana.Get(stands).OK().Says("Does this consent still stand?")

	n.Clock.Advance(181 * 24 * time.Hour)
	ana = md.As("ana")
	page("agreed").Says("This consent is not in force")
	page("desk").Says("There is no consent yet that names a desk.").Never(`name="to"`)
}
