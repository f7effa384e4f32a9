// Package largepages has the memory of a short process come in large pieces.
//
// Whoever touches a page of memory for the first time enters the kernel, and a
// program of this size touches some seven hundred of 4 KiB before it reaches
// main: the heap that packages fill as they set themselves up, and the code
// that does so. On a processor that costs a microsecond or less each. On a
// virtual machine whose host keeps page tables of its own it is ten to twenty,
// and so the greater part of what an install takes that finds nothing to do.
//
// So, on Linux, importing this package has two effects before most others are
// set up:
//   - The heap becomes pages of 2 MiB
//     (https://docs.kernel.org/admin-guide/mm/transhuge.html), where the machine
//     gives those to who asks for them: what it has by then, and as much as most
//     installs come to take, for which it has addresses from the start.
//   - The code of the program is mapped at once rather than 64 KiB at a time.
//
// What is not used of that costs nothing, and what the kernel refuses is left as it
// was. It is an init function because nothing else runs early enough; the packages
// it imports are few for the same reason.
package largepages
