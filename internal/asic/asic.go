// Package asic packs documents into one file that whoever receives it can check without this program: an ASiC-E container
// (ETSI EN 319 162-1) with one detached CAdES signature at level B-B (ETSI EN 319 122-1) by a key on the curve P-256.
//
// The container is a zip file. Its first entry names what it is, the documents follow, META-INF/ASiCManifest.xml lists their
// digests, and META-INF/signature.p7s signs that list. To check one by hand:
//
//	openssl cms -verify -binary -inform DER -in signature.p7s -content ASiCManifest.xml -CAfile certificate.pem
//
// and then compare the SHA-256 of each document with the list.
package asic

import (
	"archive/zip"
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/opentrm/opentrm/internal/fault"
)

// Media is the type of a container, and what its first entry says.
const Media = "application/vnd.etsi.asic-e+zip"

// Extension is how the name of a container ends.
const Extension = ".asice"

const (
	manifestName  = "META-INF/ASiCManifest.xml"
	signatureName = "META-INF/signature.p7s"
	signatureType = "application/x-pkcs7-signature"
	digestURI     = "http://www.w3.org/2001/04/xmlenc#sha256"
)

// Document is one file in a container.
type Document struct {
	Name  string // in the container: 1 to 200 bytes, no directory, no control character
	Media string // "application/pdf"
	Data  []byte
}

// Signer is who signs.
type Signer struct {
	Certificate *x509.Certificate // of a key on P-256
	Chain       []*x509.Certificate
	Key         crypto.Signer // the private half of it
	Random      io.Reader
}

// Pack writes a container with the documents, in their order, signed at that time.
//
// It fails with [fault.Invalid] if there is no document, if a name is none or stands twice, if the certificate is not of a
// key on P-256 or not valid at that time, or if the key is not that of the certificate; and as w or the key fail.
func Pack(w io.Writer, documents []Document, by Signer, at time.Time) error {
	list, err := manifest(documents)
	if err != nil {
		return err
	}
	signature, err := by.sign(list, at)
	if err != nil {
		return err
	}
	z := zip.NewWriter(w)
	// The type comes first and lies open, so that a program finds it at a fixed place (EN 319 162-1, annex A.1).
	if err := put(z, "mimetype", []byte(Media), zip.Store, time.Time{}); err != nil {
		return err
	}
	for _, d := range documents {
		if err := put(z, d.Name, d.Data, zip.Deflate, at); err != nil {
			return err
		}
	}
	if err := put(z, manifestName, list, zip.Deflate, at); err != nil {
		return err
	}
	if err := put(z, signatureName, signature, zip.Deflate, at); err != nil {
		return err
	}
	return z.Close()
}

// put writes one entry. Without a time it has no field beside its name, as the first entry must not have.
func put(z *zip.Writer, name string, data []byte, method uint16, at time.Time) error {
	h := &zip.FileHeader{Name: name, Method: method, Modified: at.UTC()}
	if method == zip.Store {
		// Sizes and digest stand before the bytes, not after them: who reads the first bytes of the file finds its type.
		h.CRC32, h.CompressedSize64, h.UncompressedSize64 = checksum(data), uint64(len(data)), uint64(len(data))
		raw, err := z.CreateRaw(h)
		if err == nil {
			_, err = raw.Write(data)
		}
		return err
	}
	f, err := z.CreateHeader(h)
	if err == nil {
		_, err = f.Write(data)
	}
	return err
}

type (
	reference struct {
		URI    string `xml:"URI,attr"`
		Media  string `xml:"MimeType,attr"`
		Method *struct {
			Algorithm string `xml:"Algorithm,attr"`
		} `xml:"http://www.w3.org/2000/09/xmldsig# DigestMethod"`
		Value string `xml:"http://www.w3.org/2000/09/xmldsig# DigestValue,omitempty"`
	}
	asicManifest struct {
		XMLName   xml.Name    `xml:"http://uri.etsi.org/02918/v1.2.1# ASiCManifest"`
		Signature reference   `xml:"SigReference"`
		Documents []reference `xml:"DataObjectReference"`
	}
)

// manifest lists the documents with their digests.
func manifest(documents []Document) ([]byte, error) {
	if len(documents) == 0 {
		return nil, fault.New(fault.Invalid, "asic.empty")
	}
	m := asicManifest{Signature: reference{URI: signatureName, Media: signatureType}}
	seen := map[string]bool{"mimetype": true}
	for _, d := range documents {
		if !named(d.Name) || d.Media == "" || seen[d.Name] {
			return nil, fault.New(fault.Invalid, "asic.name")
		}
		seen[d.Name] = true
		digest := sha256.Sum256(d.Data)
		r := reference{URI: escaped(d.Name), Media: d.Media, Value: base64.StdEncoding.EncodeToString(digest[:])}
		r.Method = &struct {
			Algorithm string `xml:"Algorithm,attr"`
		}{digestURI}
		m.Documents = append(m.Documents, r)
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	if err := xml.NewEncoder(&b).Encode(m); err != nil {
		return nil, fault.Wrap(fault.Internal, "fault.internal", err)
	}
	return b.Bytes(), nil
}

// named says whether a name can be that of a document.
func named(name string) bool {
	if name == "" || len(name) > 200 || !utf8.ValidString(name) || strings.HasPrefix(name, ".") || strings.EqualFold(name, "META-INF") {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool { return r < 0x20 || r == 0x7f || strings.ContainsRune(`/\:*?"<>|`, r) })
}
