package veil

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha512"
	"encoding/binary"
	"slices"
)

// TagSize is the size of a [Tag] in bytes: among 2^24 tags of a node the chance of any two false equals is 2^-81.
const TagSize = 16

// Tag is by what one member finds again what another asks. Tags of the same key at two members, or in two epochs, have nothing in common.
type Tag [TagSize]byte

// tagInfo separates tags from all else that is derived.
const tagInfo = "opentrm/veil-tag/1"

// Tag returns the tag of an output at a member, in an epoch.
func (o *Output) Tag(member string, epoch uint32) Tag {
	info := prefixed(prefixed([]byte(tagInfo), []byte(member)), []byte(o.template))
	b, err := hkdf.Key(sha512.New, o.hash[:], nil, string(binary.BigEndian.AppendUint32(info, epoch)), TagSize)
	if err != nil {
		panic("veil: 16 bytes are not too many")
	}
	return Tag(b)
}

// SortTags brings tags into the order in which they travel, so that their places do not tell of which template they are.
func SortTags(tags []Tag) {
	slices.SortFunc(tags, func(a, b Tag) int { return bytes.Compare(a[:], b[:]) })
}
