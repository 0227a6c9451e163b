package web_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/nodetest"
)

// TestAMeetingIsHeldAndSignedOffFromAfar is one meeting of the network, told in a real browser across three nodes: the coordinator of one country calls it,
// writes down what was said and concluded, and the coordinators of the two others sign the conclusion off from where they are, each in her own language.
func TestAMeetingIsHeldAndSignedOffFromAfar(t *testing.T) {
	chromium := browser(t)
	n := nodetest.New(t, nodetest.At("AL"), nodetest.At("MD"), nodetest.At("MK"))
	for _, x := range n.Nodes {
		x.User("cora", access.NationalCoordinator)
	}
	tirana, chisinau, skopje := sit(t, chromium, n.Node("AL"), "cora", "sq", true), sit(t, chromium, n.Node("MD"), "cora", "ro", true), sit(t, chromium, n.Node("MK"), "cora", "mk", true)

	// Prepared in Skopje: the meeting is called, with its agenda, and the others read it.
	skopje.follow("/meetings")
	skopje.follow("/publications/new?kind=meeting")
	skopje.fill(url.Values{
		"number": {"99"}, "title": {"ДЕМО состанок"}, "from-day": {"13"}, "from-month": {"4"}, "from-year": {"2026"}, "until-day": {"14"}, "until-month": {"4"}, "until-year": {"2026"},
		"place": {"Скопје"}, "country": {"MK"}, "presidency": {"MK"}, "state": {"planned"}, "agenda-0-item": {"ДЕМО ноќни упатувања"},
	})
	skopje.send("/publications/new")
	met := skopje.path()
	skopje.says("ДЕМО состанок", "ДЕМО ноќни упатувања", skopje.said("publication.state.planned"))
	n.Run()
	for _, s := range []*seat{tirana, chisinau} {
		s.follow("/meetings")
		s.follow(met)
		s.says("ДЕМО состанок", s.said("publication.state.planned"))
	}

	// Held: what was said is added to it, and what was concluded is written beside it, signed by the coordinator.
	skopje.follow(met + "/change")
	skopje.fill(url.Values{"state": {"held"}, "agenda-0-minutes": {"ДЕМО сите зборуваа."}, "reason": {"completed"}})
	skopje.send("/change")
	skopje.says("ДЕМО сите зборуваа.", skopje.said("publication.state.held"))
	of := strings.TrimPrefix(met, "/publications/")
	skopje.follow("/publications/new?kind=conclusion&meeting=" + of)
	skopje.fill(url.Values{
		"number": {"1"}, "text": {"ДЕМО секоја служба одговара и ноќе."}, "whom": {"all"}, "due-day": {"1"}, "due-month": {"9"}, "due-year": {"2026"},
	})
	skopje.send("/publications/new")
	said := skopje.path()
	skopje.says("ДЕМО секоја служба одговара и ноќе.", skopje.said("publication.says.nothing"))
	n.Run()

	// Signed off from afar: each in her language, with her own key, over the version that she has read.
	for i, s := range []*seat{tirana, chisinau} {
		s.home()
		s.follow("/meetings")
		s.follow(met)
		s.says("ДЕМО сите зборуваа.", s.said("publication.state.held"))
		s.follow(said)
		s.follow("/publications/new?kind=sign-off&of=" + strings.TrimPrefix(said, "/publications/"))
		s.says(s.said("publication.new.signed"))
		says := []string{"agreed", "agreed-with-remark"}[i]
		s.fill(url.Values{"says": {says}})
		s.send("/publications/new")
		s.says(s.said("publication.says." + says))
	}
	n.Run()
	skopje.home()
	skopje.follow("/meetings")
	skopje.follow(met)
	skopje.says(skopje.said("publication.of.all", "n", "3", "all", "3"))
	skopje.follow(said)
	skopje.says(skopje.said("publication.says.agreed"), skopje.said("publication.says.agreed-with-remark"))
	skopje.never(skopje.said("publication.says.nothing"))
	if !skopje.has(`a[href$="/publications"]`) {
		t.Error("there is no way back to what the network has published")
	}
	skopje.home()
	skopje.follow("/meetings")
	skopje.follow(met)
	if !skopje.has(`a[href="`+met+`/minutes"]`) || !skopje.has(`a[href="`+met+`/calendar"]`) {
		t.Error("neither minutes nor calendar can be saved")
	}
}
