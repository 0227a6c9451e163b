package apioffice

import (
	"context"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/stats"
)

// Years is a span of years.
type Years struct {
	call.Session
	From int `query:"from" minimum:"1990" maximum:"2199" required:"true"`
	To   int `query:"to" minimum:"1990" maximum:"2199" required:"true"`
}

// IndicatorsMeasured is what each indicator says of the years, beside what it is.
type IndicatorsMeasured struct {
	Body struct {
		Version    string            `json:"version" doc:"Of the definitions"`
		Indicators []stats.Indicator `json:"indicators"`
		Measured   []stats.Measured  `json:"measured" doc:"Exact numbers, small ones among them: what is published goes through a release"`
	}
}

func (a *Area) measure(ctx context.Context, by keyring.Bearer, in *Years) (*IndicatorsMeasured, error) {
	out := &IndicatorsMeasured{}
	measured, err := a.Facts.Measure(ctx, by.Actor, in.From, in.To)
	if err != nil {
		return out, err
	}
	known, err := stats.IndicatorsKnown()
	b := &out.Body
	b.Version, b.Indicators, b.Measured = known.Version, known.Indicators, measured
	return out, err
}

// LoopsMeasured is what is measured of referrals, as they stand today.
type LoopsMeasured struct {
	Body struct {
		Measured []stats.Measured `json:"measured"`
	}
}

func (a *Area) measureLoops(ctx context.Context, by keyring.Bearer, _ *call.OnlySession) (*LoopsMeasured, error) {
	out := &LoopsMeasured{}
	measured, err := a.Facts.MeasureLoops(ctx, by.Actor)
	out.Body.Measured = measured
	return out, err
}

// OneTable names a table and a year.
type OneTable struct {
	call.Session
	Table      string `path:"table" maxLength:"60"`
	Year       int    `query:"year" minimum:"1990" maximum:"2199" required:"true"`
	Population int64  `query:"population" minimum:"0" doc:"Of the country in that year, for a rate; without it there is none"`
}

// TableFilled is a table of a law or questionnaire with the numbers of this node.
type TableFilled struct {
	Body struct {
		Title    string       `json:"title"`
		Scheme   string       `json:"scheme"`
		Source   string       `json:"source"`
		Citation string       `json:"citation,omitempty"`
		Status   string       `json:"status" doc:"verified, or unverified: nobody has read the source for this program"`
		Note     string       `json:"note"`
		Filled   stats.Filled `json:"filled" doc:"A cell that is not in it is none"`
		Rates    []string     `json:"rates,omitempty" doc:"One for each cell, where the table asks for rates and the population is given"`
	}
}

func (a *Area) fillTable(ctx context.Context, by keyring.Bearer, in *OneTable) (*TableFilled, error) {
	out := &TableFilled{}
	filled, err := a.Facts.Fill(ctx, by.Actor, in.Table, in.Year)
	if err != nil {
		return out, err
	}
	known, err := stats.TablesKnown()
	if err != nil {
		return out, err
	}
	table, scheme, err := known.Called(in.Table)
	b := &out.Body
	b.Title, b.Scheme, b.Source, b.Citation, b.Status, b.Note, b.Filled = table.Title, scheme.Title, scheme.Source, table.Citation, scheme.Status, scheme.Note+" "+table.Note, filled
	for _, c := range filled.Cells {
		if rate := table.Rate(c.Count, in.Population); rate != "" {
			b.Rates = append(b.Rates, rate)
		}
	}
	return out, err
}

// TablesAsked is what others ask of this member.
type TablesAsked struct {
	Body stats.Tables
}

func (a *Area) listTables(ctx context.Context, by keyring.Bearer, _ *call.OnlySession) (*TablesAsked, error) {
	known, err := a.Facts.Tables(ctx, by.Actor)
	return &TablesAsked{known}, err
}

// Freezing says what is reported.
type Freezing struct {
	call.Session
	call.Once
	Body struct {
		Table string `json:"table" maxLength:"60"`
		Year  int    `json:"year" minimum:"1990" maximum:"2199"`
	}
}

func (a *Area) freeze(ctx context.Context, by keyring.Bearer, in *Freezing) (*call.Made, error) {
	f, err := a.Facts.Freeze(ctx, by.Actor, by, in.Body.Table, in.Body.Year)
	return call.MadeOf(f.Digest, 0), err
}

// SnapshotsListed is what was reported.
type SnapshotsListed struct {
	Body struct {
		Snapshots []stats.Listed `json:"snapshots"`
	}
}

func (a *Area) listSnapshots(ctx context.Context, by keyring.Bearer, _ *call.OnlySession) (*SnapshotsListed, error) {
	out := &SnapshotsListed{}
	all, err := a.Facts.Snapshots(ctx, by.Actor)
	out.Body.Snapshots = all
	return out, err
}

// OneSnapshot names one by its digest.
type OneSnapshot struct {
	call.Session
	Snapshot string `path:"snapshot" maxLength:"64"`
}

// SnapshotExamined is what was reported: it held when it was examined.
type SnapshotExamined struct {
	Body struct {
		Document  string         `json:"document" doc:"spec/snapshot.md, byte for byte as it was signed"`
		Signature seal.Signature `json:"signature"`
		Filled    stats.Filled   `json:"filled" doc:"As it was reported"`
		Today     stats.Filled   `json:"today" doc:"As the facts of today give it, by the same table"`
		Same      bool           `json:"same"`
	}
}

func (a *Area) examineSnapshot(ctx context.Context, by keyring.Bearer, in *OneSnapshot) (*SnapshotExamined, error) {
	h, err := a.Facts.Snapshot(ctx, by.Actor, in.Snapshot)
	out := &SnapshotExamined{}
	b := &out.Body
	b.Document, b.Signature, b.Filled, b.Today, b.Same = string(h.Body), h.Signature, h.Snapshot.Filled, h.Today, h.Same
	return out, err
}
