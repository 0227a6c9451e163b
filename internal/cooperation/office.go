package cooperation

import (
	"bytes"
	"context"
	"encoding/pem"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/asic"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// OfficeKey is the key with which a desk signs the documents that go by the official channel, and the certificate that names it. The key is on another curve than
// those of the exchange, and never leaves the desk.
type OfficeKey struct {
	Desk        id.Desk
	Name        string // as the certificate says it
	Certificate []byte // DER
	Made        bool   // by the office itself; false: an authority vouches for it
	Box         keyring.Box
	Body        []byte // the private half, PKCS #8, sealed
	By          id.User
	At          frame.Time
	Version     int64
}

// Fingerprint is the SHA-256 of the certificate, in lower-case hexadecimal: by it whoever receives a document knows whose it is.
func (k OfficeKey) Fingerprint() string { return envelope.Digest(k.Certificate) }

// OfficeTx keeps the keys of offices.
type OfficeTx interface {
	// PutOfficeKey keeps the key of a desk in the place of the one before.
	PutOfficeKey(ctx context.Context, k OfficeKey) error
	// OfficeKey returns the key of a desk; [fault.NotFound] if it has none.
	OfficeKey(ctx context.Context, desk id.Desk) (OfficeKey, error)
}

const officeUse = "cooperation-office"

// officeLife is for how long a certificate holds that an office makes for itself.
const officeLife = 3 // years

func (s *Service) officeField(k OfficeKey) seal.Field {
	return seal.Field{Node: string(s.Member), Table: "cooperation_office", Row: string(k.Desk), Column: "body", Compartment: string(k.Desk), Version: int64(k.At)}
}

func (s *Service) mayKey(who access.Actor, action access.Action) error {
	return access.Check(who, action, access.Resource{Noun: "cooperation", ID: string(who.Desk), Realm: access.Prosecution, Desk: who.Desk})
}

// Office returns the key of the desk of who asks, shut.
//
// It fails with [fault.Denied], and [fault.NotFound] if it has none.
func (s *Service) Office(ctx context.Context, who access.Actor) (k OfficeKey, err error) {
	if err := s.mayKey(who, access.ListCooperation); err != nil {
		return OfficeKey{}, err
	}
	err = s.Read(ctx, func(tx Tx) error { k, err = tx.OfficeKey(ctx, who.Desk); return err })
	return k, err
}

// Certify makes a new key for the desk, with a certificate that nobody but the office vouches for.
//
// It fails with [fault.Denied], [fault.Invalid] "cooperation.field" for a name that is none, and [fault.Locked] without keys.
func (s *Service) Certify(ctx context.Context, by keyring.Bearer, name string) (OfficeKey, error) {
	if err := s.mayKey(by.Actor, access.CertifyCooperation); err != nil {
		return OfficeKey{}, err
	}
	if !said(name, 64) || strings.ContainsAny(name, "\n\t") { // ub-organization-name of RFC 5280
		return OfficeKey{}, wrong("name")
	}
	k := OfficeKey{Desk: by.Desk, Name: name, Made: true, By: by.User, At: s.now(), Version: 1}
	err := s.Write(ctx, audit.Did(by.Actor, access.CertifyCooperation, string(by.Desk)), func(tx Tx) error {
		if err := prosecutes(ctx, tx, by.Desk); err != nil {
			return err
		}
		raw, err := asic.NewKey(s.Rand)
		if err != nil {
			return err
		}
		defer clear(raw)
		private, err := asic.ParseKey(raw)
		if err != nil {
			return err
		}
		from := s.Now().UTC()
		c, err := asic.SelfSigned(s.Rand, private, s.office(k), from.Add(-time.Hour), from.AddDate(officeLife, 0, 0))
		if err != nil {
			return err
		}
		k.Certificate = c.Raw
		keys, err := s.Keys.OpenDeskIn(ctx, tx, by, by.Desk)
		if err != nil {
			return err
		}
		key, box, err := keys.NewBox(officeUse, string(by.Desk))
		if err != nil {
			return err
		}
		defer key.Wipe()
		k.Box, k.Body = box, key.Seal(s.officeField(k).AAD(), raw)
		return tx.PutOfficeKey(ctx, k)
	})
	return k, err
}

func (s *Service) office(k OfficeKey) asic.Office {
	return asic.Office{Country: string(s.Member), Name: k.Name, Desk: string(s.Member) + "/" + string(k.Desk)}
}

// signer opens the key of a desk.
func (s *Service) signer(ctx context.Context, tx Tx, by keyring.Bearer) (asic.Signer, OfficeKey, error) {
	k, err := tx.OfficeKey(ctx, by.Desk)
	if fault.Is(err, fault.NotFound) {
		return asic.Signer{}, k, fault.New(fault.Conflict, "cooperation.no-key")
	}
	if err != nil {
		return asic.Signer{}, k, err
	}
	keys, err := s.Keys.OpenDeskIn(ctx, tx, by, by.Desk)
	if err != nil {
		return asic.Signer{}, k, err
	}
	key, _, err := keys.OpenBox(officeUse, string(by.Desk), k.Box)
	if err != nil {
		return asic.Signer{}, k, err
	}
	defer key.Wipe()
	raw, err := key.Open(s.officeField(k).AAD(), k.Body)
	if err != nil {
		return asic.Signer{}, k, fault.Wrap(fault.Internal, "cooperation.kept", err)
	}
	defer clear(raw)
	private, err := asic.ParseKey(raw)
	if err != nil {
		return asic.Signer{}, k, fault.Wrap(fault.Internal, "cooperation.kept", err)
	}
	c, err := asic.ParseCertificate(k.Certificate)
	if err != nil {
		return asic.Signer{}, k, fault.Wrap(fault.Internal, "cooperation.kept", err)
	}
	return asic.Signer{Certificate: c, Key: private, Random: s.Rand}, k, nil
}

// OfficeRequest returns what an authority needs in order to vouch for the key of the desk: PKCS #10, as PEM.
//
// It fails with [fault.Denied], [fault.Conflict] "cooperation.no-key" without a key, and [fault.Locked] without keys.
func (s *Service) OfficeRequest(ctx context.Context, by keyring.Bearer) ([]byte, error) {
	if err := s.mayKey(by.Actor, access.CertifyCooperation); err != nil {
		return nil, err
	}
	var out []byte
	err := s.Write(ctx, audit.Did(by.Actor, access.CertifyCooperation, string(by.Desk)).For("request"), func(tx Tx) error {
		signer, k, err := s.signer(ctx, tx, by)
		if err != nil {
			return err
		}
		der, err := asic.Request(s.Rand, signer.Key, s.office(k))
		out = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})
		return err
	})
	return out, err
}

// TakeCertificate takes the certificate that an authority has given for the key of the desk, as PEM.
//
// It fails as [Service.OfficeRequest], and with [fault.Invalid] "cooperation.certificate" for one that is none, is of another key or does not hold now.
func (s *Service) TakeCertificate(ctx context.Context, by keyring.Bearer, text string) (OfficeKey, error) {
	if err := s.mayKey(by.Actor, access.CertifyCooperation); err != nil {
		return OfficeKey{}, err
	}
	bad := fault.New(fault.Invalid, "cooperation.certificate")
	block, _ := pem.Decode([]byte(text))
	if len(text) > 1<<16 || block == nil || block.Type != "CERTIFICATE" {
		return OfficeKey{}, bad
	}
	c, err := asic.ParseCertificate(block.Bytes)
	if err != nil {
		return OfficeKey{}, bad
	}
	var out OfficeKey
	err = s.Write(ctx, audit.Did(by.Actor, access.CertifyCooperation, string(by.Desk)).For("certificate"), func(tx Tx) error {
		signer, k, err := s.signer(ctx, tx, by)
		if err != nil {
			return err
		}
		signer.Certificate = c
		if err := asic.Pack(&bytes.Buffer{}, []asic.Document{{Name: "try", Media: "text/plain", Data: []byte("try")}}, signer, s.Now()); err != nil {
			return bad
		}
		k.Certificate, k.Made = c.Raw, false
		out = k
		return tx.PutOfficeKey(ctx, k)
	})
	return out, err
}

// Container returns the request as a file for the official channel, with documents made of it, signed by the office: an ASiC-E container. The first document is
// the canonical request, of which the record has the digest.
//
// It fails with [fault.Denied], [fault.Hidden] for a request that is not her desk's, [fault.Conflict] "cooperation.no-key" at a desk without a key, and
// "cooperation.no-request" at the end that was asked; [fault.Locked] without keys; and as [asic.Pack].
func (s *Service) Container(ctx context.Context, by keyring.Bearer, thread id.Thread, more func(Request) ([]asic.Document, error)) ([]byte, error) {
	var b bytes.Buffer
	err := s.Write(ctx, audit.Did(by.Actor, access.PackCooperation, string(thread)), func(tx Tx) error {
		b.Reset()
		r, err := s.mine(ctx, tx, by.Actor, access.PackCooperation, thread)
		if err != nil {
			return err
		}
		if r.Side != envelope.Opener || r.Body == nil {
			return fault.New(fault.Conflict, "cooperation.no-request")
		}
		x, err := s.request(ctx, tx, by, r)
		if err != nil {
			return err
		}
		x = x.Outward()
		raw, err := x.Canonical()
		if err != nil {
			return err
		}
		documents := []asic.Document{{Name: "request.json", Media: "application/json", Data: raw}}
		if more != nil {
			all, err := more(x)
			if err != nil {
				return err
			}
			documents = append(documents, all...)
		}
		signer, _, err := s.signer(ctx, tx, by)
		if err != nil {
			return err
		}
		return asic.Pack(&b, documents, signer, s.Now())
	})
	return b.Bytes(), err
}
