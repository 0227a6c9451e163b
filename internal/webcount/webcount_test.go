package webcount_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/count"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/veil"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// invented is a person who is not.
func invented(n int) person.Person {
	part := []string{"Ba", "Do", "Li", "Ma", "Ne", "Ro", "Su", "Ta", "Vi", "Zo"}
	given, family := part[n%10]+part[n/10%10]+part[(n+3)%10], part[(n/10+5)%10]+part[(n+7)%10]+part[n/7%10]
	return person.Person{
		Names:    []person.Name{{Use: person.Registered, Script: "Latn", Parts: []person.NamePart{{Kind: person.GivenName, Text: given}, {Kind: person.Surname, Text: family}}}},
		Birth:    person.Say(person.Birth{Year: 1960 + n%40, Month: 1 + n%12, Day: 13 + n%15}),
		Contacts: []person.Contact{},
	}
}

// country is a member with its pages and those who use them.
type country struct {
	*webtest.World
	cora, dora, ana *webtest.Somebody
}

// come lets them sign in, as they do who have not looked for an hour.
func (c *country) come() { c.cora, c.dora, c.ana = c.As("cora"), c.As("dora"), c.As("ana") }

// theirs is the form of a proposal as its page is filled in.
func theirs(members []id.Member, day time.Time) url.Values {
	f := url.Values{
		"purpose": {count.Trend}, "definition": {count.Registered}, "epsilon": {"4000"}, "widest": {"1000"}, "least": {"10"}, "mixers": {"2"},
		"batch": {fmt.Sprint(veil.SmallBatch)}, "people": {"5"}, "nodes": {"2"}, "from-day": {"1"}, "from-month": {"1"}, "from-year": {fmt.Sprint(day.Year())},
		"to-day": {"31"}, "to-month": {"12"}, "to-year": {fmt.Sprint(day.Year())},
	}
	for _, m := range members {
		f.Add("members", string(m))
	}
	return f
}

// A count goes from the proposal to a published number by pages alone: what it would tell is seen before anybody hears of it, two agree in each country,
// a desk prepares and encrypts, and what was said can be checked by whoever takes it.
func TestACountGoesByPagesFromProposalToPublication(t *testing.T) {
	members := []id.Member{"AL", "BG", "MD", "MK", "RS"}
	var all []nodetest.Member
	for _, m := range members {
		all = append(all, nodetest.At(m))
	}
	n := nodetest.New(t, all...)
	var lands []*country
	for i, m := range members {
		x := n.Node(m)
		x.User("cora", access.NationalCoordinator)
		for p := range 13 { // the thirteenth is the same person everywhere
			if p < 12 {
				p += 20 * (i + 1)
			}
			who := invented(p)
			if _, err := x.Cases.Open(t.Context(), x.As("ana"), casefile.Opening{AgeClass: person.Adult, Person: &who}); err != nil {
				t.Fatal(err)
			}
		}
		w := webtest.At(t, x)
		lands = append(lands, &country{World: w})
		lands[i].come()
	}
	first := lands[0]
	first.ana.Get("/counts/new").Is(http.StatusForbidden) // a desk proposes nothing
	first.cora.Get("/counts").OK().Says("In 2026, counts may tell 0.0 of the 4.0")
	first.cora.Get("/counts/new").OK().Says("1.0: noise moves the number by up to 105 either way", "4.0: noise moves the number by up to 27 either way")

	// What does not fit is said at the field, and what the count would tell before it is sent.
	form := theirs(members, n.Clock.Now())
	few := theirs(members[:3], n.Clock.Now())
	first.cora.Do(http.MethodPost, "/counts/new", few).Is(http.StatusUnprocessableEntity).Find(`(id="members-error")`)
	first.cora.Do(http.MethodPost, "/counts/new", form).OK().Says("interval of about 27 either way", "published from about 27 persons on", "has at least 59", "Nobody hears of it")
	if strings.Contains(first.cora.Get("/counts").OK().Body, `href="/counts/0`) {
		t.Error("a proposal that was only looked at is kept")
	}
	form.Set("do", "propose")
	at, _, _ := strings.Cut(first.cora.Do(http.MethodPost, "/counts/new", form).Is(http.StatusSeeOther).Header.Get("Location"), "?")
	run := strings.TrimPrefix(at, "/counts/")

	// Who has proposed is one; nobody is two.
	first.cora.Do(http.MethodPost, at+"/voice", url.Values{"do": {"agree"}}).Is(http.StatusConflict).Says("A second person has to say so too")
	first.cora.Get(at).OK().Says("You have spoken").Never("We take part</button>")
	first.ana.Do(http.MethodPost, at+"/voice", url.Values{"do": {"agree"}}).Is(http.StatusForbidden)
	n.Run()
	lands[1].cora.Get(at).Is(http.StatusNotFound)
	first.dora.Post(at+"/voice", url.Values{"do": {"agree"}}).OK().Says("What you said is recorded")
	n.Run()
	n.Clock.Advance(time.Minute)
	n.Run()
	for _, c := range lands[1:] { // the home of who is asked leads to the page
		c.ana.Get("/").OK().Find(`href="(` + at + `)"`)
		c.dora.Get("/counts").OK().Says("What waits for you")
		c.dora.Post(at+"/voice", url.Values{"do": {"agree"}}).OK()
		c.cora.Post(at+"/voice", url.Values{"do": {"agree"}}).OK()
	}
	first.cora.Get(at + "/transcript").Is(http.StatusConflict) // it is not over
	first.cora.Do(http.MethodPost, at+"/publish", nil).Is(http.StatusConflict)
	first.cora.Get("/counts").OK().Says("In 2026, counts may tell 4.0 of the 4.0")

	prepared, encrypted := 0, 0
	for range 40 {
		n.Run()
		n.Clock.Advance(time.Minute)
		n.Run()
		over := true
		for _, c := range lands {
			c.come()
			switch p := c.ana.Get(at).OK(); {
			case strings.Contains(p.Body, `name="do" value="prepare"`):
				c.ana.Do(http.MethodPost, at+"/records", url.Values{"do": {"prepare"}, "found": {"all"}}).Is(http.StatusUnprocessableEntity)
				c.ana.Post(at+"/records", url.Values{"do": {"prepare"}, "found": {"100"}, "of": {"100"}}).OK().Says("The records are prepared.")
				prepared++
			case strings.Contains(p.Body, `name="do" value="encrypt"`):
				c.ana.Post(at+"/records", url.Values{"do": {"encrypt"}}).OK().Says("The records are encrypted")
				encrypted++
			}
			over = over && strings.Contains(c.ana.Get(at).OK().Body, at+"/transcript")
		}
		if over {
			break
		}
		n.Clock.Advance(time.Hour)
	}
	told := first.cora.Get(at).OK().Says("About", "persons, between", "Counted", "Of 500 pairs")
	if prepared != 5 || encrypted != 5 {
		t.Errorf("%d have prepared and %d encrypted", prepared, encrypted)
	}
	first.dora.Get(at).OK().Never(`action="` + at + `/publish"`) // the coordinator publishes
	first.cora.Do(http.MethodPost, at+"/publish", nil).Is(http.StatusSeeOther)
	first.cora.Get(at).OK().Says("Published here").Never(`action="` + at + `/publish"`)
	file := first.dora.Get(at + "/transcript").OK()
	found, err := count.Verify([]byte(file.Body))
	if err != nil || !found.Good() || found.Run != run || !strings.Contains(file.Header.Get("Content-Disposition"), "count.json") {
		t.Errorf("%+v %v %v", found, err, file.Header)
	}
	_, text, _ := strings.Cut(told.Text(), "Result")
	t.Logf("61 persons in 65 records: %.300s", text)
}

// One who says no by a page is enough, and everybody sees who did not take part.
func TestOneNoOnThePageEndsTheCount(t *testing.T) {
	w := webtest.Pair(t)
	w.Node.User("zoja", access.NationalCoordinator)
	zoja, at := w.As("zoja"), webtest.Counted(w)[0]
	w.As("ana").Do(http.MethodPost, at+"/voice", url.Values{"do": {"decline"}}).Is(http.StatusForbidden)
	zoja.Do(http.MethodPost, at+"/voice", nil).Is(http.StatusUnprocessableEntity)
	zoja.Post(at+"/voice", url.Values{"do": {"decline"}}).OK().Says("Somebody did not take part", "Not reached")
	zoja.Do(http.MethodPost, at+"/voice", url.Values{"do": {"agree"}}).Is(http.StatusConflict).Says("This count is over.")
}

// How much counts of a year may tell is the proposal of the project until the data-protection officer has decided it on the page, and on whose decision;
// nobody else can.
func TestTheYearIsBoundedOnThePage(t *testing.T) {
	w := webtest.Pair(t)
	w.Node.User("zoja", access.NationalCoordinator)
	zoja, dora := w.As("zoja"), w.As("dora")
	zoja.Get("/counts").OK().Says("tell 0.0 of the 4.0", "a proposal that nobody here has confirmed").Never(`name="most"`)
	zoja.Do(http.MethodPost, "/counts", url.Values{"most": {"9"}, "source": {"her own"}}).Is(http.StatusForbidden)
	for _, bad := range []url.Values{{"most": {"11"}, "source": {"x"}}, {"most": {"-1"}, "source": {"x"}}, {"most": {"NaN"}, "source": {"x"}}, {"most": {"2"}, "source": {" "}}} {
		dora.Do(http.MethodPost, "/counts", bad).Is(http.StatusUnprocessableEntity)
	}
	dora.Post("/counts", url.Values{"most": {"0,5"}, "source": {"Decision 12/2026"}}).OK().Says("The decision is recorded.", "tell 0.0 of the 0.5", "It was decided here: Decision 12/2026.")
	l, err := w.Node.Counts.Ledger(t.Context(), w.Node.As("dora").Actor)
	if err != nil || l.Most != 500 || l.Source != "Decision 12/2026" || l.By != w.Node.As("dora").User {
		t.Errorf("%+v %v", l, err)
	}
}
