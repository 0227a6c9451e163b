package casefile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/seal"
)

const (
	maxFile  = 64 << 20  // whatever the data say: a file is sealed in memory
	partSize = 512 << 10 // of the sealed stream, in one row
)

// Attachment describes a sealed file. The record that holds it is sealed in its compartment, so that the
// name of the file is as secret as its content; it holds the key under which the file is sealed in
// chunks, and so dies with its compartment.
type Attachment struct {
	ID     id.Attachment `json:"attachment"`
	Name   string        `json:"name"`
	Type   string        `json:"type"` // as found in the content, not as claimed
	Size   int64         `json:"size"`
	Digest string        `json:"digest"` // SHA-256 of the clear content, hex
	Key    seal.Blob     `json:"key"`
	Parts  []id.Record   `json:"parts"`
	Note   string        `json:"note"`
}

// Check reports whether the description can be kept.
//
// It fails with [fault.Invalid] and the field that is wrong.
func (a Attachment) Check() error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	switch {
	case a.ID == "" || len(a.ID) > 64:
		return bad("attachment")
	case a.Name == "" || strings.ContainsAny(a.Name, "\n\t/\\") || !person.Text(a.Name, 200):
		return bad("name")
	case !d.Has(ListFileType, a.Type):
		return bad("type")
	case a.Size < 1 || a.Size > d.Limits.FileBytes:
		return bad("size")
	case len(a.Digest) != 2*sha256.Size || len(a.Key) != seal.KeySize:
		return bad("digest")
	case len(a.Parts) == 0 || int64(len(a.Parts)) > maxFile/partSize+2:
		return bad("parts")
	case !person.Text(a.Note, maxNote):
		return bad("note")
	}
	return nil
}

// Sniff returns the type of a file from its first bytes and "" if it is none of those that may be kept.
// What a browser could run is never among them.
func Sniff(head []byte) string {
	for _, k := range []struct{ kind, magic string }{
		{"application/pdf", "%PDF-"},
		{"image/jpeg", "\xff\xd8\xff"},
		{"image/png", "\x89PNG\r\n\x1a\n"},
	} {
		if bytes.HasPrefix(head, []byte(k.magic)) {
			return k.kind
		}
	}
	if len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP" {
		return "image/webp"
	}
	if isText(head) {
		return "text/plain"
	}
	return ""
}

// isText reports whether head is the beginning of a text in UTF-8 that no browser takes for markup. The
// last character may be cut.
func isText(head []byte) bool {
	for i := 0; i < 3 && len(head) > 0 && !utf8.Valid(head); i++ {
		head = head[:len(head)-1]
	}
	if len(head) == 0 || !utf8.Valid(head) || bytes.ContainsFunc(head, func(r rune) bool { return r < ' ' && r != '\n' && r != '\r' && r != '\t' }) {
		return false
	}
	start := strings.ToLower(strings.TrimLeft(string(head), "\ufeff \t\r\n"))
	return start != "" && start[0] != '<'
}

// Upload is a file that somebody brings.
type Upload struct {
	Name string
	Note string
	Body io.Reader
}

// sealed is a file that is ready to be kept.
type sealed struct {
	Attachment
	parts [][]byte
}

// prepare reads and seals the file, before any transaction: nobody's slow line holds up the others, and
// the clear content is written nowhere.
func (s *Service) prepare(in Upload) (sealed, error) {
	d, err := Shipped()
	if err != nil {
		return sealed{}, err
	}
	out := sealed{Attachment: Attachment{ID: id.Ordered[id.Attachment](s.IDs), Name: in.Name, Note: in.Note}}
	key := seal.NewKey(s.Keys.Rand)
	defer key.Wipe()
	out.Key = key.Bytes()
	var box bytes.Buffer
	w, err := seal.SealStream(key, fileAAD(out.ID), &box)
	if err != nil {
		return sealed{}, err
	}
	digest, head := sha256.New(), &first{limit: 512}
	n, err := io.Copy(io.MultiWriter(w, digest, head), io.LimitReader(in.Body, d.Limits.FileBytes+1))
	if err != nil {
		return sealed{}, fault.Wrap(fault.Invalid, "case.file.read", err)
	}
	if err := w.Close(); err != nil {
		return sealed{}, err
	}
	if n > d.Limits.FileBytes {
		return sealed{}, fault.New(fault.TooLarge, "case.file.too-large")
	}
	out.Size, out.Digest, out.Type = n, hex.EncodeToString(digest.Sum(nil)), Sniff(head.bytes)
	if !d.Has(ListFileType, out.Type) {
		return sealed{}, fault.New(fault.Invalid, "case.file.type")
	}
	for part := range slices.Chunk(box.Bytes(), partSize) {
		out.parts = append(out.parts, part)
		out.Parts = append(out.Parts, id.Ordered[id.Record](s.IDs))
	}
	return out, out.Check()
}

// first keeps the beginning of what is written to it.
type first struct {
	bytes []byte
	limit int
}

func (f *first) Write(p []byte) (int, error) {
	f.bytes = append(f.bytes, p[:min(len(p), f.limit-len(f.bytes))]...)
	return len(p), nil
}

func fileAAD(a id.Attachment) []byte { return frame.JoinText("opentrm/attachment/1", string(a)) }

// Attach keeps a file with the case, sealed in chunks. Its type is found from its content.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.TooLarge] over the limit,
// [fault.Invalid] "case.file.type" for a type that is not in the list, [fault.Conflict] if the case is
// closed or has too many files, and [fault.Locked] without keys.
func (s *Service) Attach(ctx context.Context, by keyring.Bearer, c id.Case, in Upload) (Kept[Attachment], error) {
	if err := s.Read(ctx, func(tx Tx) error { // before the bytes are taken in
		_, err := s.mayIn(ctx, tx, by.Actor, access.AttachCase, c)
		return err
	}); err != nil {
		return Kept[Attachment]{}, err
	}
	file, err := s.prepare(in)
	if err != nil {
		return Kept[Attachment]{}, err
	}
	defer clear(file.Key)
	var kept Kept[Attachment]
	err = s.Work(ctx, by, access.AttachCase, c, "", func(tx Tx, k *keyring.Case, _ Case) error {
		d, err := Shipped()
		if err != nil {
			return err
		}
		there, err := tx.Rows(ctx, c, KindAttachment)
		if err != nil {
			return err
		}
		if int64(len(there)) >= d.Limits.FilesPerCase {
			return fault.New(fault.Conflict, "case.file.too-many")
		}
		space := k.Home()
		if k.Writable() { // a file has a period of its own, and ends without the rest of the case
			if space, err = k.NewSpaceIn(ctx, tx, profile.ClassAttachment); err != nil {
				return err
			}
		}
		if kept, err = putAt(ctx, tx, k, space, keyring.Record{Kind: KindAttachment}, file.Attachment); err != nil {
			return err
		}
		for i, part := range file.parts {
			row := keyring.SealedRow{
				ID: file.Parts[i], Case: c, Compartment: space, Kind: KindFilePart, Version: 1, At: kept.At, By: by.User, Body: part,
			}
			if err := tx.PutRow(ctx, row); err != nil {
				return err
			}
		}
		return nil
	})
	kept.Value.Key = nil
	return kept, err
}

// Fetch opens an attachment and writes its content to w, of which the caller must use nothing before
// Fetch has returned without error.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.NotFound] if there is no
// such attachment or it was erased, [fault.Internal] if it was tampered with, and [fault.Locked] without
// keys.
func (s *Service) Fetch(ctx context.Context, by keyring.Bearer, c id.Case, record id.Record, w io.Writer) (Attachment, error) {
	var meta Attachment
	var box []byte
	err := s.Write(ctx, audit.Saw(by.Actor, access.ReadCase, string(record)).In(c).For("attachment"), func(tx Tx) error {
		box = nil
		k, _, err := s.openedIn(ctx, tx, by, c)
		if err != nil {
			return err
		}
		r, err := k.ReadIn(ctx, tx, record)
		if err != nil {
			return err
		}
		if r.Kind != KindAttachment {
			return fault.New(fault.NotFound, "case.file.none")
		}
		kept, err := parse[Attachment](r)
		if err != nil {
			return err
		}
		meta = kept.Value
		_, box, err = partsIn(ctx, tx, c, meta)
		return err
	})
	if err != nil {
		return Attachment{}, err
	}
	defer clear(meta.Key)
	err = openFile(meta, box, w)
	meta.Key = nil
	return meta, err
}

func openFile(a Attachment, box []byte, w io.Writer) error {
	key, err := seal.ParseKey(a.Key)
	if err != nil {
		return fault.Wrap(fault.Internal, "case.kept", err)
	}
	defer key.Wipe()
	r, err := seal.OpenStream(key, fileAAD(a.ID), bytes.NewReader(box))
	if err != nil {
		return fault.Wrap(fault.Internal, "case.file.tampered", err)
	}
	digest := sha256.New()
	if _, err := io.Copy(io.MultiWriter(digest, w), r); err != nil {
		return fault.Wrap(fault.Internal, "case.file.tampered", err)
	}
	if hex.EncodeToString(digest.Sum(nil)) != a.Digest {
		return fault.New(fault.Internal, "case.file.tampered")
	}
	return nil
}
