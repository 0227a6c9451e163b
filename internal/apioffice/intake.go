package apioffice

import (
	"context"
	"encoding/json"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/intake"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/stats"
)

// PublishedCollection is a published collection that can be taken.
type PublishedCollection struct {
	ID        string `json:"id"`
	Title     string `json:"title"`
	Publisher string `json:"publisher"`
	Citation  string `json:"citation"`
	Terms     string `json:"terms"`
	Status    string `json:"status" enum:"verified,unverified" doc:"Of how its columns and codes are read"`
	Note      string `json:"note"`
}

// PublishedCollections is every one of them.
type PublishedCollections struct {
	Body struct {
		Items []PublishedCollection `json:"items" nullable:"false"`
	}
}

func (a *Area) listCollections(context.Context, keyring.Bearer, *call.OnlySession) (*PublishedCollections, error) {
	all, err := stats.Collections()
	out := &PublishedCollections{}
	for _, c := range all {
		out.Body.Items = append(out.Body.Items, PublishedCollection{c.ID, c.Title, c.Publisher, c.Citation, c.Terms, c.Status, c.Note})
	}
	return out, err
}

// OneCollection names a published collection.
type OneCollection struct {
	call.Session
	Collection string `path:"collection" maxLength:"60"`
}

// Collected counts the records of a published collection.
type Collected struct {
	Body struct {
		Collection string                    `json:"collection"`
		All        int                       `json:"all"`
		Years      map[int]int               `json:"years"`
		Columns    map[string]map[string]int `json:"columns" doc:"By column and code. A cell with several values counts in each; blank: the publisher left it blank, which is neither no nor unknown"`
	}
}

func (a *Area) collected(ctx context.Context, by keyring.Bearer, in *OneCollection) (*Collected, error) {
	n, err := a.Facts.Collected(ctx, by.Actor, in.Collection)
	out := &Collected{}
	b := &out.Body
	b.Collection, b.All, b.Years, b.Columns = n.Collection, n.All, n.Years, n.Columns
	return out, err
}

// CollectingOrder begins the import of a published collection.
type CollectingOrder struct {
	call.Session
	call.Once
	Body struct {
		Collection string   `json:"collection" maxLength:"60"`
		Columns    []string `json:"columns" maxItems:"500" doc:"The first line of the file"`
		Dry        bool     `json:"dry,omitempty" doc:"Say what would become of the records, and keep none"`
	}
}

func (a *Area) beginCollecting(ctx context.Context, by keyring.Bearer, in *CollectingOrder) (*call.Made, error) {
	r, err := a.Intake.Begin(ctx, by.Actor, intake.Order{Kind: intake.Collection, Source: in.Body.Collection, Columns: in.Body.Columns, Dry: in.Body.Dry})
	return call.MadeOf(string(r.ID), 0), err
}

// ImportRun is one import in numbers.
type ImportRun struct {
	ID      id.Intake  `json:"id"`
	Source  string     `json:"source"`
	User    id.User    `json:"user"`
	Dry     bool       `json:"dry"`
	Began   frame.Time `json:"began"`
	Ended   frame.Time `json:"ended" doc:"0: it goes on, or was broken off"`
	Taken   int64      `json:"taken"`
	Known   int64      `json:"known"`
	Refused int64      `json:"refused"`
}

func importRun(r intake.Run) ImportRun {
	return ImportRun{r.ID, r.Source, r.User, r.Dry, r.Began, r.Ended, r.Taken, r.Known, r.Refused}
}

// ImportRuns asks for a page of the imports, newest first.
type ImportRuns struct {
	call.Session
	call.Page
}

func (a *Area) runs(ctx context.Context, by keyring.Bearer, in *ImportRuns, k intake.Kind) (*call.List[ImportRun], error) {
	before, err := in.Cursor()
	if err != nil {
		return nil, err
	}
	all, err := a.Intake.Runs(ctx, by.Actor, k, id.Intake(before), in.AtMost())
	out := &call.List[ImportRun]{}
	out.Body.Items = []ImportRun{}
	for _, r := range all {
		out.Body.Items = append(out.Body.Items, importRun(r))
	}
	if len(all) == in.AtMost() {
		out.Body.Next = in.Next(string(all[len(all)-1].ID))
	}
	return out, err
}

func (a *Area) collectingRuns(ctx context.Context, by keyring.Bearer, in *ImportRuns) (*call.List[ImportRun], error) {
	return a.runs(ctx, by, in, intake.Collection)
}

// ImportRows is some rows of an import.
type ImportRows struct {
	call.Session
	call.Once
	Run  id.Intake `path:"run" maxLength:"64"`
	Body struct {
		Rows []ImportRow `json:"rows" maxItems:"1000"`
	}
}

// ImportRow is one row of a file.
type ImportRow struct {
	Number int64    `json:"number" minimum:"1" doc:"Of the line or row in the file"`
	Nth    int64    `json:"nth,omitempty" minimum:"0" doc:"How many rows above it hold exactly the same"`
	Cells  []string `json:"cells" nullable:"false" maxItems:"500"`
	Broken bool     `json:"broken,omitempty" doc:"It could not be read"`
}

// ImportOutcomes says what became of each row.
type ImportOutcomes struct {
	Body struct {
		Items []intake.Outcome `json:"items" nullable:"false"`
	}
}

func (a *Area) take(ctx context.Context, by keyring.Bearer, in *ImportRows, k intake.Kind) (*ImportOutcomes, error) {
	rows := make([]intake.Row, len(in.Body.Rows))
	for i, r := range in.Body.Rows {
		rows[i] = intake.Row{Number: r.Number, Nth: r.Nth, Cells: r.Cells, Broken: r.Broken}
	}
	all, err := a.Intake.Take(ctx, by.Actor, k, in.Run, rows)
	out := &ImportOutcomes{}
	out.Body.Items = all
	return out, err
}

func (a *Area) collect(ctx context.Context, by keyring.Bearer, in *ImportRows) (*ImportOutcomes, error) {
	return a.take(ctx, by, in, intake.Collection)
}

// OneRun names an import.
type OneRun struct {
	call.Session
	call.Once
	Run id.Intake `path:"run" maxLength:"64"`
}

// EndedRun is an import that is over.
type EndedRun struct{ Body ImportRun }

func (a *Area) end(ctx context.Context, by keyring.Bearer, in *OneRun, k intake.Kind) (*EndedRun, error) {
	r, err := a.Intake.End(ctx, by.Actor, k, in.Run)
	return &EndedRun{importRun(r)}, err
}

func (a *Area) endCollecting(ctx context.Context, by keyring.Bearer, in *OneRun) (*EndedRun, error) {
	return a.end(ctx, by, in, intake.Collection)
}

// ImportOrder begins the import of a table about persons.
type ImportOrder struct {
	call.Session
	call.Once
	Body struct {
		Mapping json.RawMessage `json:"mapping,omitempty" doc:"What the columns mean, spec/schema/intake-mapping.json; left out: those of HTCDS 2.0"`
		Columns []string        `json:"columns" maxItems:"500" doc:"The line with the heads of the columns"`
		Dry     bool            `json:"dry,omitempty" doc:"Say what would become of the rows, and keep nothing of them"`
	}
}

func (a *Area) beginImport(ctx context.Context, by keyring.Bearer, in *ImportOrder) (*call.Made, error) {
	r, err := a.Intake.Begin(ctx, by.Actor, intake.Order{Kind: intake.Cases, Mapping: in.Body.Mapping, Columns: in.Body.Columns, Dry: in.Body.Dry})
	return call.MadeOf(string(r.ID), 0), err
}

func (a *Area) importRuns(ctx context.Context, by keyring.Bearer, in *ImportRuns) (*call.List[ImportRun], error) {
	return a.runs(ctx, by, in, intake.Cases)
}

func (a *Area) importRows(ctx context.Context, by keyring.Bearer, in *ImportRows) (*ImportOutcomes, error) {
	return a.take(ctx, by, in, intake.Cases)
}

func (a *Area) endImport(ctx context.Context, by keyring.Bearer, in *OneRun) (*EndedRun, error) {
	return a.end(ctx, by, in, intake.Cases)
}

// CaseImported names a case.
type CaseImported struct {
	call.Session
	Case id.Case `path:"case" maxLength:"64"`
}

// ImportedCase is what a case was taken from.
type ImportedCase struct {
	Body struct {
		Items json.RawMessage `json:"items" doc:"Source, row and what the source says: by field the state of the answer and its values. Nothing of it is a decision, a consent or an assessment of this node"`
	}
}

func (a *Area) imported(ctx context.Context, by keyring.Bearer, in *CaseImported) (*ImportedCase, error) {
	all, err := a.Intake.Imported(ctx, by, in.Case)
	if err != nil {
		return nil, err
	}
	out := &ImportedCase{}
	out.Body.Items, err = json.Marshal(all)
	return out, err
}
