// Package node wires one node of one member by hand: storage, keys, services, faces and unattended work.
//
// [Init] gives birth to a node, [Open] opens one, [Node.Start] lets it listen and work, [Node.Close] ends it. There is
// no container and no registry: what depends on what stands in wire.go.
//
// Invariants:
//   - node.secret never rests in the data directory unsealed, and a file that holds it is readable by its owner only;
//   - the member of a data directory never changes;
//   - until the recovery drill has passed the node takes only demo data ([Node.Ready]);
//   - logs are events with keys, and hold no personal data.
package node
