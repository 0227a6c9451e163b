package apioffice

import (
	"context"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/publication"
)

// FindingPublications looks for words.
type FindingPublications struct {
	call.Session
	call.Page
	Words     string           `query:"words" maxLength:"200" doc:"Beginnings of words, all of which must be there"`
	Kind      publication.Kind `query:"kind" maxLength:"40"`
	Member    id.Member        `query:"member" maxLength:"8"`
	Withdrawn bool             `query:"withdrawn" doc:"Withdrawn ones too"`
}

func (a *Area) findPublications(ctx context.Context, by keyring.Bearer, in *FindingPublications) (*call.List[Publication], error) {
	all, _, err := a.Publications.Find(ctx, by.Actor, publication.Filter{Kind: in.Kind, Member: in.Member, Withdrawn: in.Withdrawn}, in.Words)
	if err != nil {
		return nil, err
	}
	lines := make([]Publication, len(all))
	keys := map[string]string{}
	for i, k := range all {
		lines[i] = publicationOf(k)
		keys[k.Hash] = call.Ordered(int64(k.Record.Created)) + string(k.Record.ID)
	}
	return call.Paged(lines, in.Page, func(p Publication) string { return keys[p.Hash] })
}

// Attaching is a file for a publication.
type Attaching struct {
	call.Session
	call.Once
	call.Match
	Publication id.Publication `path:"publication" maxLength:"64"`
	Body        struct {
		Name    string `json:"name" maxLength:"200"`
		Content []byte `json:"content" doc:"base64, at most 2 MiB before it"`
	}
}

func (a *Area) attachFile(ctx context.Context, by keyring.Bearer, in *Attaching) (*call.Made, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	k, err := a.Publications.Attach(ctx, by, in.Publication, version, in.Body.Name, in.Body.Content)
	return call.MadeOf(string(k.Record.ID), k.Record.Version), err
}

// OneFile names a file of a publication.
type OneFile struct {
	call.Session
	Publication id.Publication `path:"publication" maxLength:"64"`
	Sum         string         `path:"sum" maxLength:"64" doc:"SHA-256 of its content, hexadecimal"`
}

// AttachedFile is a file with its content.
type AttachedFile struct {
	Body struct {
		Name    string `json:"name"`
		Media   string `json:"media"`
		Content []byte `json:"content" doc:"base64"`
	}
}

func (a *Area) readFile(ctx context.Context, by keyring.Bearer, in *OneFile) (*AttachedFile, error) {
	f, content, err := a.Publications.Fetch(ctx, by.Actor, in.Publication, in.Sum)
	if err != nil {
		return nil, err
	}
	out := &AttachedFile{}
	out.Body.Name, out.Body.Media, out.Body.Content = f.Name, f.Media, content
	return out, nil
}
