// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC7821} from "@openzeppelin/contracts/account/extensions/draft-ERC7821.sol";
import {ERC7579Utils, ExecType, Mode} from "@openzeppelin/contracts/account/utils/draft-ERC7579Utils.sol";

/// For tests: what a person's account runs by EIP-7702 to make several calls in one transaction (ERC-7821), told so by
/// itself or by the relayer that pays for it. Other than the standard asks, it also goes on after a call that failed.
contract BatchAccount is ERC7821 {
    address public immutable relayer;

    constructor(address paying) {
        relayer = paying;
    }

    receive() external payable {}

    function execute(bytes32 mode, bytes calldata executionData) public payable override {
        (, ExecType execType, , ) = ERC7579Utils.decodeMode(Mode.wrap(mode));
        if (execType == ERC7579Utils.EXECTYPE_DEFAULT) return super.execute(mode, executionData);
        require(_erc7821AuthorizedExecutor(msg.sender, mode, executionData), "not the account");
        ERC7579Utils.execBatch(executionData, execType);
    }

    function _erc7821AuthorizedExecutor(
        address caller,
        bytes32 mode,
        bytes calldata executionData
    ) internal view override returns (bool) {
        return caller == relayer || super._erc7821AuthorizedExecutor(caller, mode, executionData);
    }
}
