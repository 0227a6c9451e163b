package publication

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// MaxFile is the size in bytes up to which a file is attached: it goes to every member, over lines that may be slow.
const MaxFile = 2 << 20

// partBytes is how much of a file one record carries: its text and the names around it stay below [MaxBody].
const partBytes = 180 << 10

// File is a file that is attached to a record. Its content is in records of kind attachment, in order.
type File struct {
	Name   string           `json:"name"`
	Media  string           `json:"media"`
	Bytes  int64            `json:"bytes"`
	SHA256 string           `json:"sha256"` // of the content, hexadecimal
	Parts  []id.Publication `json:"parts"`
}

// piece is the body of a record of kind attachment.
type piece struct {
	SHA256 string `json:"sha256"` // of the whole file
	Part   int    `json:"part"`   // 0, 1, …
	Data   string `json:"data"`   // base64url without padding
}

// media are the files that may be attached, by the ending of their name, with what they begin with: what every desk can read, and
// nothing that runs when it is opened.
func media() map[string][2]string {
	return map[string][2]string{
		".pdf": {"application/pdf", "%PDF-"}, ".png": {"image/png", "\x89PNG\r\n"}, ".jpg": {"image/jpeg", "\xff\xd8\xff"},
		".docx": {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "PK\x03\x04"},
		".xlsx": {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "PK\x03\x04"},
		".odt":  {"application/vnd.oasis.opendocument.text", "PK\x03\x04"}, ".ods": {"application/vnd.oasis.opendocument.spreadsheet", "PK\x03\x04"},
		".txt": {"text/plain", ""}, ".csv": {"text/csv", ""}, ".ics": {"text/calendar", "BEGIN:VCALENDAR"},
	}
}

// mediaOf says what a file is by its name, if its content does not contradict.
//
// It fails with [fault.Invalid] "publication.file.kind".
func mediaOf(name string, content []byte) (string, error) {
	m, ok := media()[strings.ToLower(path.Ext(name))]
	text := strings.HasPrefix(m[0], "text/")
	if !ok || !bytes.HasPrefix(content, []byte(m[1])) || text && (!utf8.Valid(content) || bytes.IndexByte(content, 0) >= 0) {
		return "", fault.New(fault.Invalid, "publication.file.kind").With("field", "file")
	}
	return m[0], nil
}

func checkFiles(raw json.RawMessage) error {
	var all []File
	if frame.Decode(raw, MaxBody, &all) != nil || len(all) == 0 || len(all) > maxFiles {
		return wrong("files")
	}
	for _, f := range all {
		m, known := media()[strings.ToLower(path.Ext(f.Name))]
		n := (f.Bytes + partBytes - 1) / partBytes
		if !fileName(f.Name) || !known || m[0] != f.Media || f.Bytes < 1 || f.Bytes > MaxFile || !hash(f.SHA256) || int64(len(f.Parts)) != n {
			return wrong("files")
		}
		for _, p := range f.Parts {
			if _, err := id.ParseRandom[id.Publication](string(p)); err != nil {
				return wrong("files")
			}
		}
	}
	return nil
}

// fileName reports whether a file can be called so on every system.
func fileName(s string) bool {
	return written(s, 120) && !strings.ContainsAny(s, "/\\:*?\"<>|\n\t") && s[0] != '.' && strings.TrimSpace(s) == s
}

// Attach publishes the next version of a record of this member with a file more, and the file with it.
//
// It fails as [Service.Correct] does, with [fault.Invalid] "publication.file.kind" if the file is none of those that every desk can read,
// [fault.TooLarge] "publication.file.large" beyond [MaxFile], and [fault.Conflict] "publication.file.many" if there are ten already.
func (s *Service) Attach(ctx context.Context, by keyring.Bearer, p id.Publication, version int64, name string, content []byte) (Kept, error) {
	if err := access.Check(by.Actor, access.WritePublication, office(s.Member)); err != nil {
		return Kept{}, err
	}
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	if len(content) > MaxFile {
		return Kept{}, fault.New(fault.TooLarge, "publication.file.large").With("field", "file")
	}
	if len(content) == 0 || !fileName(name) {
		return Kept{}, fault.New(fault.Invalid, "publication.file.kind").With("field", "file")
	}
	kind, err := mediaOf(name, content)
	if err != nil {
		return Kept{}, err
	}
	sum := sha256.Sum256(content)
	f := File{Name: name, Media: kind, Bytes: int64(len(content)), SHA256: hex.EncodeToString(sum[:])}
	var k Kept
	err = s.Write(ctx, audit.Did(by.Actor, access.WritePublication, string(p)).For("file"), func(tx Tx) error {
		last, err := s.ours(ctx, tx, p, version)
		if err != nil {
			return err
		}
		body := ReadBody(last.Record.Body)
		all := body.Files()
		if len(all) >= maxFiles {
			return fault.New(fault.Conflict, "publication.file.many")
		}
		f.Parts = nil
		for at := 0; at < len(content); at += partBytes {
			raw, err := frame.Encode(piece{f.SHA256, at / partBytes, base64.RawURLEncoding.EncodeToString(content[at:min(at+partBytes, len(content))])})
			if err != nil {
				return err
			}
			r := Record{Format: 1, ID: id.Random[id.Publication](s.IDs), Kind: Attachment, Version: 1, Member: s.Member, Desk: seatOf(by), Body: raw}
			if _, err := s.issue(ctx, tx, by, r, false); err != nil {
				return err
			}
			f.Parts = append(f.Parts, r.ID)
		}
		body.Set("files", append(all, f))
		r := last.Record
		if r.Body, err = body.Bytes(); err != nil {
			return err
		}
		k, err = s.after(ctx, tx, by, last, r, "file", last.Record.Kind.Personal())
		return err
	})
	return k, err
}

// Fetch returns a file of a version of a record, and its content. Nobody outside of this node is asked.
//
// It fails with [fault.Denied], [fault.NotFound] "publication.none" if no version has such a file, and with [fault.Unavailable]
// "publication.file.coming" while a part of it has not arrived, or if what arrived is not what the record names.
func (s *Service) Fetch(ctx context.Context, who access.Actor, p id.Publication, sum string) (File, []byte, error) {
	all, err := s.Show(ctx, who, p)
	if err != nil {
		return File{}, nil, err
	}
	for _, k := range all {
		for _, f := range ReadBody(k.Record.Body).Files() {
			if f.SHA256 == sum {
				content, err := s.whole(ctx, k.Record.Member, f)
				return f, content, err
			}
		}
	}
	return File{}, nil, fault.New(fault.NotFound, "publication.none")
}

// whole puts the parts of a file together and compares them with its digest.
func (s *Service) whole(ctx context.Context, author id.Member, f File) ([]byte, error) {
	coming := fault.New(fault.Unavailable, "publication.file.coming")
	var content []byte
	err := s.Read(ctx, func(tx Tx) error {
		content = nil
		for i, p := range f.Parts {
			all, err := tx.PublicationVersions(ctx, p)
			if err != nil {
				return err
			}
			if len(all) == 0 || all[0].Record.Kind != Attachment || all[0].Record.Member != author {
				return coming
			}
			var x piece
			if frame.Decode(all[0].Record.Body, MaxBody, &x) != nil || x.Part != i || x.SHA256 != f.SHA256 {
				return coming
			}
			b, err := base64.RawURLEncoding.DecodeString(x.Data)
			if err != nil || len(content)+len(b) > MaxFile {
				return coming
			}
			content = append(content, b...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != f.SHA256 || int64(len(content)) != f.Bytes {
		return nil, coming
	}
	return content, nil
}
