package asic

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"hash/crc32"
	"math/big"
	"net/url"
	"sort"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
)

// Object identifiers of RFC 5652 (CMS), RFC 5035 (which certificate signed) and RFC 5758 (ECDSA with SHA-256). They are functions,
// because a slice can be written to.
func oidSignedData() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2} }

func oidData() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1} }

func oidType() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3} }

func oidDigest() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4} }

func oidTime() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5} }

func oidCertificate() asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
}

func oidSHA256() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1} }
func oidECDSA() asn1.ObjectIdentifier  { return asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2} }

// The shapes of RFC 5652, 5.1 and 5.3, as far as one signer with one algorithm needs them.
type (
	contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content signedData `asn1:"explicit,tag:0"`
	}
	signedData struct {
		Version      int
		Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
		Encapsulated struct{ Type asn1.ObjectIdentifier }
		Certificates asn1.RawValue
		Signers      []signerInfo `asn1:"set"`
	}
	signerInfo struct {
		Version   int
		Signer    issuerAndSerial
		Digest    pkix.AlgorithmIdentifier
		Signed    asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature []byte
	}
	issuerAndSerial struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	attribute struct {
		Type   asn1.ObjectIdentifier
		Values []asn1.RawValue `asn1:"set"`
	}
	// signingCertificate is SigningCertificateV2 of RFC 5035; SHA-256 is what is meant where no digest is named.
	signingCertificate struct{ Certificates []certificateID }
	certificateID      struct{ Hash []byte }
)

// sign returns the detached CAdES signature over the bytes.
func (s Signer) sign(content []byte, at time.Time) ([]byte, error) {
	if err := s.check(at); err != nil {
		return nil, err
	}
	attributes, err := s.attributes(content, at)
	if err != nil {
		return nil, err
	}
	// What is signed is the set with the tag of a set; what is sent has tag 0 (RFC 5652, 5.4).
	set, err := asn1.Marshal(asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: attributes})
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "fault.internal", err)
	}
	digest := sha256.Sum256(set)
	signature, err := s.Key.Sign(s.Random, digest[:], crypto.SHA256)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "fault.internal", err)
	}
	var certificates []byte
	for _, c := range append([]*x509.Certificate{s.Certificate}, s.Chain...) {
		certificates = append(certificates, c.Raw...)
	}
	sha := pkix.AlgorithmIdentifier{Algorithm: oidSHA256()}
	whole := contentInfo{Type: oidSignedData(), Content: signedData{
		Version: 1, Digests: []pkix.AlgorithmIdentifier{sha},
		Certificates: asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: certificates},
		Signers: []signerInfo{{
			Version: 1, Signer: issuerAndSerial{Issuer: asn1.RawValue{FullBytes: s.Certificate.RawIssuer}, Serial: s.Certificate.SerialNumber}, Digest: sha,
			Signed:    asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: attributes},
			Algorithm: pkix.AlgorithmIdentifier{Algorithm: oidECDSA()}, Signature: signature,
		}},
	}}
	whole.Content.Encapsulated.Type = oidData()
	b, err := asn1.Marshal(whole)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "fault.internal", err)
	}
	return b, nil
}

// check looks whether who signs can.
func (s Signer) check(at time.Time) error {
	if s.Certificate == nil || s.Key == nil || s.Random == nil {
		return fault.New(fault.Invalid, "asic.signer")
	}
	public, ok := s.Certificate.PublicKey.(*ecdsa.PublicKey)
	if !ok || public.Curve != elliptic.P256() || !public.Equal(s.Key.Public()) {
		return fault.New(fault.Invalid, "asic.signer")
	}
	if at.Before(s.Certificate.NotBefore) || at.After(s.Certificate.NotAfter) {
		return fault.New(fault.Invalid, "asic.expired")
	}
	return nil
}

// attributes returns what is signed beside the content, as the inside of a set: what kind it is, its digest, the time, and which
// certificate is meant. A set is in the order of its bytes (X.690, 11.6).
func (s Signer) attributes(content []byte, at time.Time) ([]byte, error) {
	digest, certificate := sha256.Sum256(content), sha256.Sum256(s.Certificate.Raw)
	var all []string
	for _, a := range []struct {
		of    asn1.ObjectIdentifier
		value any
	}{
		{oidType(), oidData()},
		{oidDigest(), digest[:]},
		{oidTime(), at.UTC().Truncate(time.Second)},
		{oidCertificate(), signingCertificate{[]certificateID{{certificate[:]}}}},
	} {
		value, err := asn1.Marshal(a.value)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "fault.internal", err)
		}
		whole, err := asn1.Marshal(attribute{a.of, []asn1.RawValue{{FullBytes: value}}})
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "fault.internal", err)
		}
		all = append(all, string(whole))
	}
	sort.Strings(all)
	var b []byte
	for _, a := range all {
		b = append(b, a...)
	}
	return b, nil
}

func checksum(b []byte) uint32 { return crc32.ChecksumIEEE(b) }

// escaped writes a name as a URI that leads to it from the root of the container.
func escaped(name string) string { return url.PathEscape(name) }
