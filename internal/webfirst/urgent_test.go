package webfirst_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// border is a node in which a first responder of the border police can present a person to who identifies.
func border(t *testing.T) *webtest.World {
	t.Helper()
	n := nodetest.New(t, nodetest.At("MK"))
	w := webtest.At(t, n.Node("MK"))
	w.Node.Desk(desk.Desk{ID: "border", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.police"}, "fana", access.FirstResponder)
	w.Node.Desk(desk.Desk{ID: "identification", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.identification", OutOfHours: "+38920000001"}, "idan", access.IdentificationAuthority)
	w.Node.PublishSheet()
	n.Run()
	return w
}

const (
	mostScreens = 6
	mostAnswers = 8
)

// walk goes from screen to screen as somebody does who answers nothing that she need not. What a screen refuses to do without is what
// must be answered; what it has chosen already need not be.
type walk struct {
	t       *testing.T
	who     *webtest.Somebody
	at      webtest.Answer
	screens int
	must    []string
}

func (k *walk) come(a webtest.Answer) {
	k.t.Helper()
	k.at = a.OK()
	k.screens++
	if body := k.at.Body; strings.Contains(body, "q-narrative") || strings.Contains(body, "exploitation\"") {
		k.t.Errorf("%s asks what happened to her", k.at.Path)
	}
}

var (
	controls = regexp.MustCompile(`<(?:input|select|textarea|option)[^>]*>`)
	attr     = regexp.MustCompile(`([a-z-]+)(?:="([^"]*)")?`)
)

// served are the values that a browser sends of the page as it came: what is hidden, chosen or filled in already.
func served(a webtest.Answer, action string) url.Values {
	_, body, _ := strings.Cut(a.Body, `action="`+action+`"`)
	body, _, _ = strings.Cut(body, "</form>")
	out, list := url.Values{}, ""
	for _, tag := range controls.FindAllString(body, -1) {
		at := map[string]string{}
		for _, m := range attr.FindAllStringSubmatch(tag[1:len(tag)-1], -1) {
			if _, there := at[m[1]]; !there {
				at[m[1]] = m[2]
			}
		}
		_, checked := at["checked"]
		_, selected := at["selected"]
		switch {
		case strings.HasPrefix(tag, "<select"):
			list = at["name"]
		case strings.HasPrefix(tag, "<option"):
			if selected && at["value"] != "" {
				out.Set(list, at["value"])
			}
		case strings.HasPrefix(tag, "<textarea"):
		case at["type"] == "radio" || at["type"] == "checkbox":
			if checked {
				out.Add(at["name"], at["value"])
			}
		case at["value"] != "" && at["name"] != "":
			out.Add(at["name"], at["value"])
		}
	}
	return out
}

// answer sends the form with each of the answers left out in turn, each of which must be refused on the same screen, and then with all.
func (k *walk) answer(action string, answers url.Values) {
	k.t.Helper()
	sent := served(k.at, action)
	sent.Del("once")
	for name := range answers {
		if name == "do" {
			continue
		}
		less := url.Values{}
		for n, v := range sent {
			less[n] = v
		}
		for n, v := range answers {
			if n != name {
				less[n] = v
			}
		}
		if a := k.who.Do(http.MethodPost, action, less); a.Status == http.StatusUnprocessableEntity {
			k.must = append(k.must, name)
		} else {
			k.t.Errorf("%s takes the form without %q, so the test need not answer it: %d", action, name, a.Status)
		}
	}
	for n, v := range answers {
		sent[n] = v
	}
	k.come(k.who.Post(action, sent))
}

func (k *walk) counted() {
	k.t.Helper()
	slices.Sort(k.must)
	k.t.Logf("%d screens, %d answers that must be given: %v", k.screens, len(k.must), k.must)
	if k.screens > mostScreens {
		k.t.Errorf("%d screens, want at most %d", k.screens, mostScreens)
	}
	if len(k.must) > mostAnswers {
		k.t.Errorf("%d answers must be given, want at most %d: %v", len(k.must), mostAnswers, k.must)
	}
}

// What only a voice can say: the request has no word of it.
const (
	unsafe = "The request does not say that she is not safe where she is now. Say it when you call, without her name."
	doctor = "The request does not say that she needs a doctor today."
)

// TestAnUrgentReferralTakesSixScreensAndEightAnswers: from the home of a first responder to a desk of her country that has it.
func TestAnUrgentReferralTakesSixScreensAndEightAnswers(t *testing.T) {
	w := border(t)
	k := &walk{t: t, who: w.As("fana")}
	k.who.Get("/").OK().Find(`href="(/urgent)"`)
	k.come(k.who.Get("/urgent"))
	k.come(k.who.Get(k.at.Find(`href="(/urgent/new)"`)))
	k.answer("/urgent/new", url.Values{"age": {"adult"}, "safe-now": {"no"}, "language": {"sq"}})
	path := k.at.Find(`action="(/cases/[^"]+/urgent)"`)
	k.at.Find(`value="(MK/identification)" checked`)
	k.answer(path, url.Values{"needs": {"accommodation"}})
	k.at.Says("Who receives it: Formal identification, North Macedonia MK/identification", "does not say that it has a place to sleep", "Read this aloud", "Askush nuk ka të drejtë", "call without saying who she is").Find(`href="(tel:\+38920000001)"`)
	k.at.Find(`class="trm-hers" lang="(sq)"`)
	k.answer(path, url.Values{"do": {"agree"}, "agreed": {"written"}, "interpreter": {"DEMO Interpreter"}, "said": {"yes"}})
	check := k.at.Find(`action="(/urgent/[^"]+)"`)
	k.at.Says("MK/identification is told this now.", "MK/identification is told this when it accepts.", "Other desks are not told this.", "Is she safe where she is now? No", unsafe).Never(doctor)
	k.answer(check, url.Values{})
	k.at.Says("Sent to Formal identification, North Macedonia MK/identification", "Nobody there has said yet that they read it", "The desk says that it has seen it", "Stay with her", unsafe).Never("Acknowledge a referral", doctor).Find(`href="(tel:\+38920000001)"`)
	k.at.Find(`href="(tel:112)"`)
	k.counted()

	// The desk has it. What the first responder answered besides is a draft with a day on which it ends.
	w.Node.Net.Run()
	w.As("idan").Get("/referrals").OK().Says("MK/border")
	k.who.Get(strings.TrimSuffix(path, "/urgent")+"/forms").OK().Says("F1:", "Draft", "in 28 days")
	if to := k.who.Get(check).Is(http.StatusSeeOther).Header.Get("Location"); to != check+"/sent" {
		t.Errorf("what was sent leads to %q", to)
	}
}

// TestAChildIsReferredUrgently: somebody decides with her, and it takes no more, in a language whose words a native reader has reviewed.
func TestAChildIsReferredUrgently(t *testing.T) {
	w := border(t)
	w.Node.User("cora", access.NationalCoordinator)
	shown := w.As("cora").Get("/texts/mk/consent").OK()
	w.As("cora").Post("/texts/mk/consent", url.Values{
		"digest": {shown.Find(`name="digest" value="([0-9a-f]+)"`)}, "reviewer": {"DEMO: Petko Fiktivski"}, "on-day": {"1"}, "on-month": {"3"}, "on-year": {"2026"},
	}).OK()
	k := &walk{t: t, who: w.As("fana")}
	k.come(k.who.Get("/urgent"))
	k.come(k.who.Get(k.at.Find(`href="(/urgent/new)"`)))
	k.answer("/urgent/new", url.Values{"age": {"unknown"}, "safe-now": {"unknown"}, "language": {"mk"}})
	path := k.at.Find(`action="(/cases/[^"]+/urgent)"`)
	k.answer(path, url.Values{"needs": {"accommodation"}})
	k.at.Never(`value="oral"`, "In writing")
	k.answer(path, url.Values{"do": {"agree"}, "agreed": {"authority"}, "guardian": {"Demo centre for social work"}, "best-interests": {"DEMO: a bed tonight"}, "said": {"yes"}})
	k.answer(k.at.Find(`action="(/urgent/[^"]+)"`), url.Values{})
	k.at.Says("MK/identification")
	k.counted()
}

// TestADraftStandsOnTheHome: whoever began it sees the day on which it is erased, and a first responder sees no other's; somebody of the
// desk who fills in forms may go on with it.
func TestADraftStandsOnTheHome(t *testing.T) {
	w := border(t)
	w.Node.Join("border", "mira", access.CaseManager, "fana")
	w.Node.Join("border", "fred", access.FirstResponder, "fana")
	fana := w.As("fana")
	file, _ := webtest.Urgent(fana)
	fana.Get("/").OK().Says("Refer urgently", "Go on with your draft", "Go on with your referral, not sent yet", "in 28 days").Find(`href="(` + file + `/forms)"`)
	w.As("fred").Get("/").OK().Never("draft:", "not sent yet", file)
	w.As("fred").Get(file + "/forms").Is(http.StatusNotFound)
	w.As("idan").Get("/").OK().Never(file)
	mira := w.As("mira")
	record := mira.Get(mira.Get("/").OK().Find(`href="(` + file + `/forms)"`)).OK().Find(`href="(` + file + `/forms/[^"]+)"`)
	part := mira.Get(record + "/fill?part=person").OK()
	mira.Post(record+"/fill", url.Values{"part": {"person"}, "version": {part.Find(`name="version" value="([0-9]+)"`)}, "q-age": {"adult"}, "q-sex": {"female"}}).OK()
	fana.Get(record).OK().Says("Female")
}
