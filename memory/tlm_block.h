// The ignorable TLM-2.0 extension that describes a whole strided block.
//
// An initiator attaches it to the transaction of the block's first burst. A target that knows it sets
// served_whole while it handles BEGIN_REQ and sends one response when the whole block is done; a target that
// does not know it serves just the burst, and the initiator goes on burst by burst.
#ifndef MEM_TLM_BLOCK_H
#define MEM_TLM_BLOCK_H

#include <tlm>

#include "memory/memory.h"

namespace fl
{
struct BlockExtension : tlm::tlm_extension<BlockExtension> {
    mem_block block = {};
    bool served_whole = false;

    tlm::tlm_extension_base *clone() const override { return new BlockExtension(*this); }
    void copy_from(const tlm::tlm_extension_base &other) override
    {
        *this = static_cast<const BlockExtension &>(other);
    }
};
} // namespace fl

#endif
