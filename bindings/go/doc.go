// SPDX-License-Identifier: Apache-2.0

// Package modelplane decides where models run on a fleet of Kubernetes clusters, and writes the
// answer down as Kubernetes objects.  It is libmodelplane, called through cgo: pkg-config must find
// an installed modelplane.pc.
//
// There are two ways in.  Documents: [NewDoc] or [ReadJSON] make a tree of objects, [Reconcile] takes
// all of them at once and answers with everything desired.  Calls: [NewFleet] and [NewDeployment] are
// built up step by step, [Fleet.Schedule] answers with a [Plan], [Plan.Compose] writes the plan as
// objects.  [Fleet.ReadCluster] and [ReadDeployment] lead from documents to the second way.
//
// # Memory
//
// A [Doc], [Fleet], [Deployment], [Plan], [Batch], [Env], [Program], [Device], [Vars] or [Result] holds
// memory outside of the Go heap, which Close gives back.  One that is forgotten is closed when the
// garbage collector finds it; the collector does not see how much memory that is, so close what is
// large or comes often.  Closing twice is fine.  After Close, methods that return an error return
// [ErrClosed], and the others return nothing of value.  What belongs to something else (an [Object] to
// its Doc, a [Pool] to its Fleet) keeps that from being collected, and is of no more use once it is
// closed.
//
// # Errors
//
// An error that comes from the library is an *[Error], and errors.Is compares it with a [Status]:
//
//	if errors.Is(err, modelplane.ErrDocument) { ... }
//
// # Goroutines
//
// Anything may be used by one goroutine at a time, and read by any number of them while none changes or
// closes it: many may schedule on one fleet, or run one program.
//
// # Cost
//
// A call into C costs some 30 to 60 ns.  Where that would count, one call does all: a plan arrives with
// all its placements, [Fleet.ScheduleBatch] schedules many deployments, [Program.MatchAll] asks about
// many devices, [Object.Value] fetches a whole tree.
package modelplane
