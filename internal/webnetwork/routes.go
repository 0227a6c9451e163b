// Package webnetwork is the screens of what the members tell each other: publications of every kind with their history and files, and what is
// written, corrected and withdrawn of them; and who the members are, what each takes part in, and what happens when one comes, leaves or is put out.
//
// Each file is one subject; the map is in [Services.Routes]. The parts of a kind, and so the questions of its form and the lines of its page,
// are those of its shape in package publication.
package webnetwork

import (
	"strconv"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/count"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/publication"
	"github.com/opentrm/opentrm/internal/referral"
)

// Services are the nouns that the screens of the network need.
type Services struct {
	Publications *publication.Service
	Members      *member.Service
	Exchange     *exchange.Service
	Referrals    *referral.Service
	Counts       *count.Service
	Lookups      *lookup.Service
}

// visit is one request about what the network has published.
type visit struct {
	*page.Visit
	Services
}

// Routes returns the map of the screens of the network.
func (s Services) Routes() []page.Route {
	m := page.NewMap(func(v *page.Visit) *visit { return &visit{v, s} })
	m.For("GET /publications", access.ReadPublication, (*visit).list)
	m.For("GET /publications/new", access.WritePublication, (*visit).writeForm)
	m.For("POST /publications/new", access.WritePublication, (*visit).write)
	m.For("GET /publications/{publication}", access.ReadPublication, (*visit).record)
	m.For("GET /publications/{publication}/change", access.WritePublication, (*visit).changeForm)
	m.For("POST /publications/{publication}/change", access.WritePublication, (*visit).change)
	m.For("GET /publications/{publication}/withdraw", access.WithdrawPublication, (*visit).withdrawForm)
	m.For("POST /publications/{publication}/withdraw", access.WithdrawPublication, (*visit).withdraw)
	m.For("GET /publications/{publication}/file", access.WritePublication, (*visit).attachForm)
	m.Files("POST /publications/{publication}/file", access.WritePublication, publication.MaxFile+64<<10, (*visit).attach)
	m.For("GET /publications/{publication}/files/{sum}", access.ReadPublication, (*visit).file)
	m.For("GET /publications/{publication}/calendar", access.ReadPublication, (*visit).oneCalendar)
	m.For("GET /publications/{publication}/minutes", access.ReadPublication, (*visit).minutes)
	m.For("GET /meetings", access.ReadPublication, (*visit).meetings)
	m.For("GET /meetings/calendar", access.ReadPublication, (*visit).calendar)
	m.For("GET /meetings/tenth", access.ReadPublication, (*visit).tenth)
	m.For("GET /follow-up", access.ReadPublication, (*visit).follow)
	m.For("GET /follow-up/table", access.WritePublication, (*visit).takeForm)
	m.Files("POST /follow-up/table", access.WritePublication, publication.MaxFile+64<<10, (*visit).take)
	m.For("GET /kept/{publication}", access.WritePublication, (*visit).kept)
	m.For("POST /kept/{publication}", access.WritePublication, (*visit).settleKept)
	m.For("GET /members/roster", access.ReadRoster, (*visit).roster)
	m.For("GET /members/next", access.ReadRoster, (*visit).nextForm)
	m.Files("POST /members/next", access.ReadRoster, member.MaxRoster+64<<10, (*visit).next)
	m.For("GET /members/{member}/leaving", access.ReadRoster, (*visit).leaving)
	m.For("GET /laws", access.ReadPublication, (*visit).compareLaws)
	m.For("GET /laws/{country}", access.ReadPublication, (*visit).countryLaw)
	return m.Routes()
}

const listPath = "/publications"

func pathOf(p id.Publication) string { return listPath + "/" + string(p) }

func (v *visit) which() id.Publication { return id.Publication(v.R.PathValue("publication")) }

// country names a country or a member.
func (v *visit) country(code string) string { return page.Or(v.P.CountryName(code), code) }

// text is what somebody wrote, in the language of the page if it was written in that.
func (v *visit) text(all []publication.Text) publication.Text {
	return publication.In(all, string(v.P.Tag()))
}

// called is what a record is called where it is listed.
func (v *visit) called(k publication.Kept) page.Msg {
	b := publication.ReadBody(k.Record.Body)
	title := v.text(b.Texts("title")).Text
	n, numbered := b.Number("number")
	switch k.Record.Kind {
	case publication.LegalModel:
		title = v.country(b.Word("country")) + " " + b.Word("part") + ", " + v.DayText(b.Word("as-of")).In(v.P)
	case publication.Conclusion:
		title = cut(v.text(b.Texts("text")).Text)
	case publication.Progress:
		title = v.country(b.Word("country")) + ", " + v.DayText(b.Word("until")).In(v.P) + ": " + v.Word("publication.status.", b.Word("status")).In(v.P)
	case publication.SignOff:
		title = v.country(string(k.Record.Member)) + ": " + v.Word("publication.says.", b.Word("says")).In(v.P)
	case publication.Review:
		title = v.country(string(k.Record.Member)) + ": " + v.Word("publication.finding.", b.Word("finding")).In(v.P)
	}
	if title == "" {
		return v.Word("publication.kind.", string(k.Record.Kind))
	}
	if numbered {
		title = strconv.FormatInt(n, 10) + ". " + title
	}
	return page.Plain(title)
}

// cut shortens a long text to what fits into a line.
func cut(s string) string {
	const most = 140
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}

// may reports whether the reader may publish, and the record is of her member and stands.
func (v *visit) mayChange(k publication.Kept) bool {
	return page.May(v.By.Actor, access.WritePublication) && k.Record.Member == v.Site.Member && k.Current && !k.Record.Withdrawn
}

// tagsOf says how a record stands, where that is not as one would think.
func tagsOf(k publication.Kept) *page.Tag {
	switch {
	case k.Disputed:
		return &page.Tag{Text: page.Key("publication.state.disputed"), Tone: page.Late}
	case k.Record.Withdrawn:
		return &page.Tag{Text: page.Key("publication.state.withdrawn"), Tone: page.Off}
	case !k.Current:
		return &page.Tag{Text: page.Key("publication.state.older"), Tone: page.Off}
	}
	return nil
}
