package apioffice

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/wording"
)

// textRoutes is the map of the texts that the person reads.
func textRoutes() []call.Route {
	return []call.Route{
		{ID: "text.list", Method: call.Get, Path: "/texts", Action: access.ReadText, Summary: "The texts that the person reads, in every language, and who has reviewed them"},
		{ID: "text.review", Method: call.Put, Path: "/texts/{language}/{text}/review", Action: access.ReviewText, Repeat: "it says the same already", Leaves: "log entry", Summary: "Record that a native speaker has reviewed a text as it stands"},
	}
}

// TextStanding is how far a text can be trusted in a language.
type TextStanding struct {
	Language lang.Tag     `json:"language"`
	Text     lang.Text    `json:"text"`
	Digest   string       `json:"digest" doc:"Of its words; a review names it"`
	Standing string       `json:"standing" enum:"source,reviewed,partly,lapsed,awaiting"`
	File     bool         `json:"file" doc:"A file of the node says it"`
	Reviewer string       `json:"reviewer" doc:"Of the newest review, also of one that has lapsed"`
	On       profile.Date `json:"on"`
}

func textStanding(s wording.Standing) TextStanding {
	out := TextStanding{Language: s.Language, Text: s.Text, Digest: s.Digest, Standing: "awaiting", File: s.File, Reviewer: s.Review.Reviewer, On: s.Review.On}
	switch {
	case s.Source:
		out.Standing = "source"
	case s.Reviewed():
		out.Standing = "reviewed"
	case !s.Whole:
		out.Standing = "partly"
	case s.Lapsed():
		out.Standing = "lapsed"
	}
	return out
}

func (a *Area) texts(ctx context.Context, _ keyring.Bearer, in *call.Listing) (*call.List[TextStanding], error) {
	all, err := a.Wordings.All(ctx)
	if err != nil {
		return nil, err
	}
	var out []TextStanding
	for _, s := range all {
		out = append(out, textStanding(s))
	}
	return call.Paged(out, in.Page, func(s TextStanding) string { return string(s.Language) + "/" + string(s.Text) })
}

// Reviewing records a review.
type Reviewing struct {
	call.Session
	Language lang.Tag  `path:"language" maxLength:"35"`
	Text     lang.Text `path:"text" maxLength:"40"`
	Body     struct {
		Digest   string       `json:"digest" maxLength:"64" doc:"Of what was read"`
		Reviewer string       `json:"reviewer" minLength:"3" maxLength:"200" doc:"Name and function"`
		On       profile.Date `json:"on" maxLength:"10" doc:"yyyy-mm-dd"`
	}
}

func (a *Area) reviewText(ctx context.Context, by keyring.Bearer, in *Reviewing) (*call.Nothing, error) {
	_, err := a.Wordings.Confirm(ctx, by.Actor, wording.Confirming{
		Language: in.Language, Text: in.Text, Digest: in.Body.Digest, Reviewer: in.Body.Reviewer, On: in.Body.On,
	})
	return nil, err
}
