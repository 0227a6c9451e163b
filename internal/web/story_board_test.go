package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// TestStoryOfABoard: prosecutors in Chisinau, Skopje and Sofia share a board, each in a browser and a language of her own and with the keyboard alone; the one in Belgrade is not on
// it and finds nothing, whatever address she types.
func TestStoryOfABoard(t *testing.T) {
	all := browser(t)
	net := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"), nodetest.At("BG"), nodetest.At("RS"))
	members := []id.Member{"MD", "MK", "BG", "RS"}
	for _, m := range members {
		webtest.At(t, net.Node(m)).Prosecutes()
		net.Clock.Advance(time.Second)
		net.Node(m).PublishSheet()
	}
	net.Run()
	chisinau, skopje := sit(t, all, net.Node("MD"), "petar", "ro", true), sit(t, all, net.Node("MK"), "petar", "mk", false)
	sofia, belgrade := sit(t, all, net.Node("BG"), "petar", "bg", true), sit(t, all, net.Node("RS"), "petar", "sr", true)
	day := func(v url.Values, name, of string) url.Values {
		v.Set(name+"-day", of)
		v.Set(name+"-month", "12")
		v.Set(name+"-year", "2026")
		return v
	}

	chisinau.follow("/dockets")
	chisinau.says(chisinau.said("docket.none"))
	chisinau.answer("/dockets/new", url.Values{"label": {"DEMO Nistru"}, "office": {"DEMO PCCOCS"}, "contact": {"+373 00"}})
	board := chisinau.path()
	for _, m := range []string{"MK", "BG"} {
		chisinau.answer("/write/desk/new", url.Values{"desk": {m + "/prosecution"}, "office": {"DEMO " + m}})
	}
	chisinau.answer("/write/deadline/new", day(url.Values{"what": {"custody"}, "country": {"MD"}, "source": {"DEMO CPP 186"}, "status": {"unverified"}}, "day", "20"))
	net.Run()

	// In Skopje it is a task; she writes a hearing, and all three have it.
	skopje.home()
	skopje.says(skopje.said("task.kind.docket.news"))
	skopje.follow("/dockets")
	skopje.follow(board)
	skopje.says("DEMO Nistru", "DEMO PCCOCS", skopje.said("docket.what.custody"), skopje.said("profile.status.unverified"))
	skopje.answer("/write/hearing/new", day(url.Values{"time": {"10:30"}, "country": {"MK"}, "court": {"DEMO суд"}, "witness": {"W-1"}, "measures": {"video-link", "screens"}, "languages": {"ro"}}, "day", "24"))
	net.Run()
	for _, s := range []*seat{chisinau, sofia} {
		s.follow("/dockets")
		s.follow(board)
		s.says("W-1", "10:30", "DEMO суд", s.said("docket.needs.video-link"), s.said("docket.needs.screens"))
	}

	// In Sofia a piece of evidence is handed over; in Chisinau they see where it is.
	sofia.answer("/write/evidence/new", url.Values{"digest": {strings.Repeat("0f", 32)}, "what": {"recording"}, "country": {"BG"}, "held": {"DEMO сейф"}})
	sofia.press("hand-over", where+`([...document.querySelectorAll('a')].find(a => a.getAttribute('href')?.includes('/write/custody/new')), 'link')`, true)
	sofia.fill(day(url.Values{"from": {"DEMO сейф"}, "to": {"DEMO лаборатория"}, "why": {"examination"}}, "day", "01"))
	sofia.send("/write/custody/new")
	net.Run()
	chisinau.follow("/dockets")
	chisinau.follow(board)
	chisinau.says("DEMO лаборатория", chisinau.said("docket.why.examination"), strings.Repeat("0f", 32))

	// The hearing is put off in Chisinau; in Skopje the history says who did it.
	chisinau.press("hearing", where+`([...document.querySelectorAll('td, th')].map(c => c.querySelector('a[href*="/item/"]')).find(a => a?.closest('tr').innerText.includes('DEMO суд')), 'link')`, true)
	item := chisinau.path()
	chisinau.answer(strings.Replace(item, "/item/", "/write/hearing/", 1), url.Values{"state": {"postponed"}})
	net.Run()
	skopje.follow("/dockets")
	skopje.follow(board)
	skopje.follow(item)
	skopje.says("MD/prosecution", "MK/prosecution", skopje.said("docket.state.postponed"), skopje.said("docket.entry.changed"))

	// Belgrade is not on it.
	belgrade.follow("/dockets")
	belgrade.says(belgrade.said("docket.none"))
	found := func(path string) string {
		if _, err := chromedp.Run(belgrade.ctx, chromedp.Navigate(belgrade.base+path)); err != nil {
			t.Fatal(err)
		}
		if status := eval[int](belgrade, `performance.getEntriesByType('navigation')[0].responseStatus`); status != 404 {
			t.Errorf("%s answers %d in Belgrade", path, status)
		}
		belgrade.never("DEMO Nistru", "W-1", "DEMO суд")
		return belgrade.text()
	}
	none := "/dockets/" + string(id.Dated[id.Thread](net.Node("RS").IDs))
	if there, gone := found(board), found(none); there != gone {
		t.Errorf("a board that is there looks otherwise than none:\n%s\n%s", there, gone)
	}
	found(item)
	found(board + "/proof")
}
