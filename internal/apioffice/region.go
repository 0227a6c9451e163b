package apioffice

import (
	"context"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/disclosure"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/region"
)

// RegionAsked is what is asked of members.
type RegionAsked struct {
	From      string      `json:"from" pattern:"^[0-9]{4}-[0-9]{2}$" doc:"First month: persons first registered from then"`
	To        string      `json:"to" pattern:"^[0-9]{4}-[0-9]{2}$" doc:"Last month"`
	Questions []string    `json:"questions" minItems:"1" maxItems:"4" doc:"Of sex, age, form, citizenship, status and registrar, in this order"`
	Base      int64       `json:"base" enum:"3,5" doc:"Small counts are rounded to 0 or to this"`
	Members   []id.Member `json:"members" minItems:"2" maxItems:"24"`
	Until     frame.Time  `json:"until" doc:"What comes later is taken, and said to be late"`
}

// RegionPart is one contribution.
type RegionPart struct {
	Member id.Member  `json:"member"`
	Number int64      `json:"number" doc:"From 1; the highest stands, the others stay"`
	At     frame.Time `json:"at"`
	Late   bool       `json:"late"`
	Counts []int64    `json:"counts" doc:"Inner cells, protected; the last question fastest"`
}

// RegionDraft is a protected table of this member that waits for a second person.
type RegionDraft struct {
	Number int64           `json:"number"`
	Counts []int64         `json:"counts"`
	Error  int64           `json:"error" doc:"Mean error of a cell, in hundredths"`
	Found  region.Examined `json:"found"`
	By     id.User         `json:"by"`
	At     frame.Time      `json:"at"`
}

// RegionRelease is a regional release as this member knows it.
type RegionRelease struct {
	ID       string          `json:"id"`
	Asker    id.Member       `json:"asker"`
	Plan     RegionAsked     `json:"plan"`
	Heard    frame.Time      `json:"heard"`
	Ours     bool            `json:"ours" doc:"This member asked, and compiles"`
	Asked    bool            `json:"asked" doc:"This member is asked to give"`
	Draft    *RegionDraft    `json:"draft,omitempty"`
	Given    []RegionPart    `json:"given" nullable:"false" doc:"What this member gave, the oldest first"`
	Declined string          `json:"declined,omitempty" doc:"Why this member gives nothing"`
	Parts    []RegionPart    `json:"parts" nullable:"false" doc:"At the member that asked: all that came"`
	Missing  []id.Member     `json:"missing" nullable:"false" doc:"At the member that asked: who has given nothing and said nothing"`
	Behind   bool            `json:"behind" doc:"Something came since the last edition"`
	Next     *region.Result  `json:"next,omitempty" doc:"Compiled, and waits for a second person"`
	Editions []region.Result `json:"editions" nullable:"false" doc:"That were published, the oldest first"`
}

func regionOf(st *region.State) RegionRelease {
	p := st.Plan
	out := RegionRelease{
		ID: p.Release, Asker: p.Asker, Plan: RegionAsked{p.From, p.To, p.Questions, p.Base, p.Members, p.Until}, Heard: st.Heard, Ours: st.Ours, Asked: st.Asked,
		Given: partsOf(st.Given), Declined: st.Declined, Parts: partsOf(st.Parts), Missing: append([]id.Member{}, st.Missing...), Behind: st.Behind, Next: st.Next,
		Editions: append([]region.Result{}, st.Results...),
	}
	if d := st.Draft; d != nil {
		out.Draft = &RegionDraft{d.Number, d.Counts, d.Error, d.Found, d.By, d.At}
	}
	return out
}

func partsOf(all []region.Part) []RegionPart {
	out := []RegionPart{}
	for _, p := range all {
		out = append(out, RegionPart{p.Member, p.Number, p.At, p.Late, p.Counts})
	}
	return out
}

// RegionReleases is a list of them.
type RegionReleases struct {
	Body struct {
		Releases []RegionRelease `json:"releases" nullable:"false"`
	}
}

func (a *Area) listRegions(ctx context.Context, by keyring.Bearer, _ *call.OnlySession) (*RegionReleases, error) {
	all, err := a.Regions.List(ctx, by.Actor, mostCounts)
	if err != nil {
		return nil, err
	}
	out := &RegionReleases{}
	out.Body.Releases = []RegionRelease{}
	for i := range all {
		out.Body.Releases = append(out.Body.Releases, regionOf(&all[i]))
	}
	return out, nil
}

// RegionAsking is what a compiling desk asks.
type RegionAsking struct {
	call.Session
	call.Once
	Body RegionAsked
}

func (a *Area) askRegion(ctx context.Context, by keyring.Bearer, in *RegionAsking) (*call.Made, error) {
	release, err := a.Regions.Ask(ctx, by.Actor, region.Asking(in.Body))
	if err != nil {
		return nil, err
	}
	return call.MadeOf(release, 0), nil
}

// OneRegion names a regional release.
type OneRegion struct {
	call.Session
	Release string `path:"release" maxLength:"40"`
}

// RegionDeed asks for something to be done in one.
type RegionDeed struct {
	call.Session
	call.Once
	Release string `path:"release" maxLength:"40"`
}

// OneRegionRelease is one regional release.
type OneRegionRelease struct{ Body RegionRelease }

func (a *Area) showRegion(ctx context.Context, by keyring.Bearer, in *OneRegion) (*OneRegionRelease, error) {
	st, err := a.Regions.Show(ctx, by.Actor, in.Release)
	if err != nil {
		return nil, err
	}
	return &OneRegionRelease{regionOf(&st)}, nil
}

// RegionBeside says what is public beside what is to be made: the attack takes it into account.
type RegionBeside struct {
	call.Session
	call.Once
	Release string `path:"release" maxLength:"40"`
	Body    struct {
		Known []region.Known `json:"known,omitempty" maxItems:"1000"`
	}
}

func (a *Area) prepareRegion(ctx context.Context, by keyring.Bearer, in *RegionBeside) (*call.Nothing, error) {
	return nil, a.Regions.Prepare(ctx, by.Actor, in.Release, in.Body.Known)
}

func (a *Area) approveRegion(ctx context.Context, by keyring.Bearer, in *RegionDeed) (*call.Nothing, error) {
	return nil, a.Regions.Approve(ctx, by.Actor, in.Release)
}

// RegionDecline says why a member gives nothing.
type RegionDecline struct {
	call.Session
	call.Once
	Release string `path:"release" maxLength:"40"`
	Reason  string `query:"reason" required:"true" enum:"law,data,small,other"`
}

func (a *Area) declineRegion(ctx context.Context, by keyring.Bearer, in *RegionDecline) (*call.Nothing, error) {
	return nil, a.Regions.Decline(ctx, by.Actor, in.Release, in.Reason)
}

func (a *Area) compileRegion(ctx context.Context, by keyring.Bearer, in *RegionBeside) (*call.Nothing, error) {
	return nil, a.Regions.Compile(ctx, by.Actor, in.Release, in.Body.Known)
}

func (a *Area) publishRegion(ctx context.Context, by keyring.Bearer, in *RegionDeed) (*call.Nothing, error) {
	return nil, a.Regions.Publish(ctx, by.Actor, in.Release)
}

// RegionTable is the newest edition with all its sums.
type RegionTable struct {
	Body struct {
		Edition   int64           `json:"edition" doc:"0: none was published"`
		From      string          `json:"from"`
		To        string          `json:"to"`
		Questions []string        `json:"questions" nullable:"false"`
		Members   []region.Taken  `json:"members" nullable:"false" doc:"All that were asked: who gave, who is missing and who declined; nothing is put in the place of a missing one"`
		Cells     []RegionCell    `json:"cells" nullable:"false"`
		Persons   *region.Persons `json:"persons,omitempty" doc:"How many different persons a count over these members found, with its interval"`
		Caveat    string          `json:"caveat,omitempty" enum:"counted-twice" doc:"To be printed with the table: counted-twice: nobody has counted different persons; who was registered in two countries is in it twice"`
	}
}

// RegionCell is a cell or a sum.
type RegionCell struct {
	Where []string `json:"where" doc:"An answer to each question, or total"`
	Count int64    `json:"count"`
}

func (a *Area) tableOfRegion(ctx context.Context, by keyring.Bearer, in *OneRegion) (*RegionTable, error) {
	st, err := a.Regions.Show(ctx, by.Actor, in.Release)
	if err != nil {
		return nil, err
	}
	out := &RegionTable{}
	b := &out.Body
	b.From, b.To, b.Questions, b.Members, b.Cells = st.Plan.From, st.Plan.To, st.Plan.Questions, []region.Taken{}, []RegionCell{}
	if len(st.Results) == 0 {
		return out, nil
	}
	last := &st.Results[len(st.Results)-1]
	b.Edition, b.Members, b.Persons, b.Caveat = last.Edition, last.Members, last.Persons, last.Caveat
	dims, cells := last.Cells()
	for _, c := range cells {
		where := make([]string, len(dims))
		for i, v := range c.Values {
			if where[i] = "total"; v != disclosure.Total {
				where[i] = dims[i].Values[v]
			}
		}
		b.Cells = append(b.Cells, RegionCell{where, c.Count})
	}
	return out, nil
}
