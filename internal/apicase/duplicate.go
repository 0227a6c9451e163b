package apicase

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/duplicate"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// duplicateRoutes are about two files of one person.
func duplicateRoutes() []call.Route {
	return []call.Route{
		{ID: "duplicate.of-case", Method: call.Get, Path: "/cases/{case}/duplicates", Action: access.ReadCase, Summary: "What was said of a case and others of the same person, and why"},
		{ID: "duplicate.candidates", Method: call.Post, Path: "/cases/{case}/duplicate-search", Action: access.MergeCase, Summary: "Look for open cases of one's desk that may be of the same person"},
		{ID: "duplicate.compare", Method: call.Get, Path: "/cases/{case}/comparison", Action: access.MergeCase, Summary: "What two cases hold and where they differ"},
		{ID: "duplicate.merge", Method: call.Post, Path: "/cases/{case}/duplicates", Action: access.MergeCase, Made: true, Summary: "Say that two cases are of one person; one leads to the other from now on"},
		{ID: "duplicate.apart", Method: call.Post, Path: "/cases/{case}/apart", Action: access.MergeCase, Summary: "Say that two cases are not of one person"},
		{ID: "duplicate.together", Method: call.Post, Path: "/cases/{case}/together", Action: access.MergeCase, Summary: "Take back that two cases are not of one person; they are proposed again"},
		{ID: "duplicate.queue", Method: call.Get, Path: "/duplicates", Action: access.MergeCase, Summary: "Open cases of one's desk that may be of one person, in pairs, and what speaks for it"},
		{ID: "duplicate.show", Method: call.Get, Path: "/merges/{merge}", Action: access.MergeCase, Summary: "Open a merge: both files side by side, what was said, what was written since"},
		{ID: "duplicate.confirm", Method: call.Post, Path: "/merges/{merge}/confirmation", Action: access.MergeCase, Summary: "Say so as the second person, or that one does not think so"},
		{ID: "duplicate.undo", Method: call.Post, Path: "/merges/{merge}/undoing", Action: access.UnmergeCase, Summary: "Undo a merge: both are as they were"},
	}
}

// duplicates registers them.
func (a *Area) duplicates(r *call.Router) {
	call.Add(r, "duplicate.of-case", a.duplicatesOf)
	call.Add(r, "duplicate.candidates", a.candidates)
	call.Add(r, "duplicate.compare", a.compareCases)
	call.Add(r, "duplicate.merge", a.mergeCases)
	call.Add(r, "duplicate.apart", a.apartCases)
	call.Add(r, "duplicate.together", a.togetherCases)
	call.Add(r, "duplicate.queue", a.duplicateQueue)
	call.Add(r, "duplicate.show", a.showMerge)
	call.Add(r, "duplicate.confirm", a.confirmMerge)
	call.Add(r, "duplicate.undo", a.undoMerge)
}

// MergedCase is a merge as one of its cases tells it.
type MergedCase struct {
	Merge     id.Record       `json:"merge"`
	State     duplicate.State `json:"state" enum:"proposed,merged,refused,undone"`
	Survivor  id.Case         `json:"survivor" doc:"That is worked with"`
	Alias     id.Case         `json:"alias" doc:"That leads to it"`
	Other     id.Case         `json:"other" doc:"The other one"`
	Reference id.Reference    `json:"reference" doc:"Of the other one"`
	Second    bool            `json:"second" doc:"A second person has to say so too"`
	First     id.User         `json:"first"`
	Confirmed id.User         `json:"confirmed" doc:"The second person; empty: none"`
	Made      frame.Time      `json:"made"`
	Version   int64           `json:"version"`
}

// DuplicateStory is what was said of a case and others.
type DuplicateStory struct {
	Body struct {
		Into   id.Case          `json:"into" doc:"Of a merged case: the one that is worked with"`
		Merges []MergedCase     `json:"merges" nullable:"false"`
		Said   []duplicate.Said `json:"said" nullable:"false"`
	}
}

func (a *Area) duplicatesOf(ctx context.Context, by keyring.Bearer, in *OneCase) (*DuplicateStory, error) {
	s, err := a.Duplicates.Of(ctx, by, in.Case)
	out := &DuplicateStory{}
	out.Body.Merges, out.Body.Said = []MergedCase{}, append([]duplicate.Said{}, s.Said...)
	if s.Leads != nil {
		out.Body.Into = s.Leads.ID
	}
	for _, m := range s.Merges {
		out.Body.Merges = append(out.Body.Merges, MergedCase{
			Merge: m.ID, State: m.State, Survivor: m.Survivor, Alias: m.Alias, Other: m.Other, Reference: m.Reference, Second: m.Hidden,
			First: m.First, Confirmed: m.Second, Made: m.Made, Version: m.Version,
		})
	}
	return out, err
}

// LookingForDuplicates looks for cases of the same person.
type LookingForDuplicates struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
}

// CandidateCase is a case that may be of the same person.
type CandidateCase struct {
	Case      id.Case      `json:"case"`
	Reference id.Reference `json:"reference"`
	By        string       `json:"by" doc:"What fits, code"`
	Why       []Reason     `json:"why" nullable:"false" doc:"Field by field, what speaks for it and what against"`
}

// CandidateCases are those that may be.
type CandidateCases struct {
	Body struct {
		Items []CandidateCase `json:"items" nullable:"false"`
	}
}

func (a *Area) candidates(ctx context.Context, by keyring.Bearer, in *LookingForDuplicates) (*CandidateCases, error) {
	all, err := a.Duplicates.Candidates(ctx, by, in.Case)
	out := &CandidateCases{}
	out.Body.Items = []CandidateCase{}
	for _, c := range all {
		out.Body.Items = append(out.Body.Items, CandidateCase{Case: c.Case.ID, Reference: c.Case.Reference, By: string(c.By), Why: reasonsOf(c.Why)})
	}
	return out, err
}

// ComparingCases compares a case with another one.
type ComparingCases struct {
	call.Session
	Case  id.Case `path:"case" maxLength:"64"`
	Other string  `query:"other" required:"true" maxLength:"40" doc:"Reference of the other case, as people speak it"`
}

// ComparedFile is one of two that are compared.
type ComparedFile struct {
	Case      id.Case        `json:"case"`
	Reference id.Reference   `json:"reference"`
	Opened    frame.Time     `json:"opened"`
	Records   map[string]int `json:"records" doc:"How many there are of each kind"`
	Version   int64          `json:"version"`
}

// ComparedFiles are two files side by side.
type ComparedFiles struct {
	Body struct {
		Here        ComparedFile           `json:"here"`
		There       ComparedFile           `json:"there"`
		Differences []duplicate.Difference `json:"differences" nullable:"false"`
		Why         []Reason               `json:"why" nullable:"false" doc:"Field by field, what speaks for both being of one person and what against"`
		Apart       bool                   `json:"apart" doc:"Somebody said that they are not of one person"`
		Second      bool                   `json:"second" doc:"A second person has to say so too"`
	}
}

func comparedOf(f duplicate.File) ComparedFile {
	return ComparedFile{Case: f.Row.ID, Reference: f.Row.Reference, Opened: f.Row.Opened, Records: f.Counts, Version: f.Row.Version}
}

func (a *Area) compareCases(ctx context.Context, by keyring.Bearer, in *ComparingCases) (*ComparedFiles, error) {
	x, err := a.Duplicates.Compare(ctx, by, in.Case, in.Other)
	out := &ComparedFiles{}
	out.Body.Here, out.Body.There, out.Body.Second = comparedOf(x.Here), comparedOf(x.There), x.Second
	out.Body.Differences = append([]duplicate.Difference{}, x.Differences...)
	out.Body.Why, out.Body.Apart = reasonsOf(x.Why), x.Apart != nil
	return out, err
}

// MergingCases says that two cases are of one person.
type MergingCases struct {
	call.Session
	call.Match
	Case id.Case `path:"case" maxLength:"64"`
	Body duplicate.New
}

func (a *Area) mergeCases(ctx context.Context, by keyring.Bearer, in *MergingCases) (*call.Made, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	m, err := a.Duplicates.Merge(ctx, by, in.Case, version, in.Body)
	return call.MadeOf(string(m.ID), m.Version), err
}

// PartingCases says that two cases are not of one person.
type PartingCases struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
	Body struct {
		Other  string `json:"other" maxLength:"40" doc:"Reference of the other case, as people speak it"`
		Reason string `json:"reason" maxLength:"2000"`
	}
}

func (a *Area) apartCases(ctx context.Context, by keyring.Bearer, in *PartingCases) (*call.Nothing, error) {
	return nil, a.Duplicates.Apart(ctx, by, in.Case, in.Body.Other, in.Body.Reason)
}

func (a *Area) togetherCases(ctx context.Context, by keyring.Bearer, in *PartingCases) (*call.Nothing, error) {
	return nil, a.Duplicates.Together(ctx, by, in.Case, in.Body.Other, in.Body.Reason)
}

// LookingAtQueue says from where to go on.
type LookingAtQueue struct {
	call.Session
	From id.Case `query:"from" maxLength:"64" doc:"What the answer before said"`
}

// QueuedTwin is two cases that may be of one person.
type QueuedTwin struct {
	Here           id.Case      `json:"here"`
	Reference      id.Reference `json:"reference"`
	There          id.Case      `json:"there"`
	ThereReference id.Reference `json:"there_reference"`
	Why            []Reason     `json:"why" nullable:"false" doc:"Field by field, what speaks for it and what against"`
	Bits           float64      `json:"bits" doc:"All of it added up"`
	Again          bool         `json:"again" doc:"Somebody has kept them apart, and what speaks for it has changed since"`
}

// QueuedTwins are such pairs, those first of which most speaks for it.
type QueuedTwins struct {
	Body struct {
		Items []QueuedTwin `json:"items" nullable:"false"`
		Cases int          `json:"cases" doc:"Open cases that were compared with each other"`
		Low   int          `json:"low" doc:"Of how many persons they are at least; 0: not all were compared in one go"`
		High  int          `json:"high" doc:"Of how many persons they are at most; 0: not all were compared in one go"`
		Next  id.Case      `json:"next,omitempty" doc:"Ask again with it; empty: all were compared"`
	}
}

func (a *Area) duplicateQueue(ctx context.Context, by keyring.Bearer, in *LookingAtQueue) (*QueuedTwins, error) {
	q, err := a.Duplicates.Queue(ctx, by, in.From)
	out := &QueuedTwins{}
	out.Body.Items, out.Body.Cases, out.Body.Low, out.Body.High, out.Body.Next = []QueuedTwin{}, q.Cases, q.Low, q.High, q.Next
	for _, t := range q.Pairs {
		out.Body.Items = append(out.Body.Items, QueuedTwin{
			Here: t.Here.ID, Reference: t.Here.Reference, There: t.There.ID, ThereReference: t.There.Reference, Why: reasonsOf(t.Why), Bits: t.Bits, Again: t.Again,
		})
	}
	return out, err
}

// OneMerge names a merge.
type OneMerge struct {
	call.Session
	Merge id.Record `path:"merge" maxLength:"64"`
}

// MergeShown is a merge with both files.
type MergeShown struct {
	ETag string `header:"ETag"`
	Body struct {
		Merge       id.Record              `json:"merge"`
		State       duplicate.State        `json:"state" enum:"proposed,merged,refused,undone"`
		Survivor    ComparedFile           `json:"survivor" doc:"That is worked with"`
		Alias       ComparedFile           `json:"alias" doc:"That leads to it"`
		Differences []duplicate.Difference `json:"differences" nullable:"false" doc:"Here is the survivor, there the alias"`
		First       id.User                `json:"first"`
		Confirmed   id.User                `json:"confirmed" doc:"The second person; empty: none"`
		Against     string                 `json:"against" doc:"Proposed: key of what speaks against it now; empty: nothing"`
		Made        frame.Time             `json:"made"`
		Said        []duplicate.Said       `json:"said" nullable:"false"`
		Later       []duplicate.Later      `json:"later" nullable:"false" doc:"Merged: what was written since in the case that is worked with"`
		Version     int64                  `json:"version"`
	}
}

func (a *Area) showMerge(ctx context.Context, by keyring.Bearer, in *OneMerge) (*MergeShown, error) {
	x, err := a.Duplicates.Show(ctx, by, in.Merge)
	out := &MergeShown{ETag: call.Tag(x.Version)}
	b := &out.Body
	b.Merge, b.State, b.Survivor, b.Alias, b.First, b.Confirmed = x.ID, x.State, comparedOf(x.Here), comparedOf(x.There), x.First, x.Merge.Second
	b.Differences, b.Made, b.Version = append([]duplicate.Difference{}, x.Differences...), x.Made, x.Version
	b.Said, b.Later = append([]duplicate.Said{}, x.Why...), append([]duplicate.Later{}, x.Later...)
	if x.Against != nil {
		_, b.Against, _ = fault.Public(x.Against)
	}
	return out, err
}

// ConfirmingMerge is said by the second person.
type ConfirmingMerge struct {
	call.Session
	call.Match
	Merge id.Record `path:"merge" maxLength:"64"`
	Body  struct {
		Agree  bool   `json:"agree"`
		Reason string `json:"reason" maxLength:"2000"`
	}
}

func (a *Area) confirmMerge(ctx context.Context, by keyring.Bearer, in *ConfirmingMerge) (*call.Made, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	m, err := a.Duplicates.Confirm(ctx, by, in.Merge, version, in.Body.Agree, in.Body.Reason)
	return call.MadeOf(string(m.ID), m.Version), err
}

// UndoingMerge undoes a merge.
type UndoingMerge struct {
	call.Session
	call.Match
	Merge id.Record `path:"merge" maxLength:"64"`
	Body  struct {
		Reason string `json:"reason" maxLength:"2000"`
		Apart  bool   `json:"apart,omitempty" doc:"The two are not of one person: they are not proposed again"`
	}
}

// UndoneMerge is a merge that was undone.
type UndoneMerge struct {
	ETag string `header:"ETag"`
	Body struct {
		Merge id.Record         `json:"merge"`
		Later []duplicate.Later `json:"later" nullable:"false" doc:"What was written since in the case that was worked with; it stays there, and somebody who knows her has to say whether it is about her"`
	}
}

func (a *Area) undoMerge(ctx context.Context, by keyring.Bearer, in *UndoingMerge) (*UndoneMerge, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	u, err := a.Duplicates.Undo(ctx, by, in.Merge, version, in.Body.Reason, in.Body.Apart)
	out := &UndoneMerge{ETag: call.Tag(u.Version)}
	out.Body.Merge, out.Body.Later = u.ID, append([]duplicate.Later{}, u.Later...)
	return out, err
}
