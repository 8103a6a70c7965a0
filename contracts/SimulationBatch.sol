// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// Never deployed. A simulation gives its code to an address for the length of one request: to an unused one to read
/// balances, or to the wallet itself, so that calls run one after another with the wallet as their sender.
contract SimulationBatch {
    struct Call {
        address target;
        uint256 value;
        bytes data;
    }

    struct Outcome {
        bool success;
        uint256 gasUsed;
        bytes returned;
    }

    struct Watch {
        address[] holders;
        address[] tokens;
        address[] spenders;
        address[] targets;
    }

    struct Reading {
        /// Of each holder the coin, then each token. What cannot be read is the largest number.
        uint256[] balances;
        /// Of each token what each spender may take of the first holder, and whether it could be read: any number can be one.
        uint256[] allowances;
        bool[] allowancesRead;
        /// Size of the code at each target.
        uint256[] codeSizes;
    }

    /// More than honest tokens need, and too little to use up a request.
    uint256 private constant READ_GAS = 200_000;

    receive() external payable {}

    function read(
        Watch calldata watch
    ) external view returns (uint256 blockNumber, uint256 blockTime, Reading memory reading) {
        return (block.number, block.timestamp, readAll(watch));
    }

    /// Makes the calls in order, also after one that failed, and reads before the first and after each.
    function run(
        Call[] calldata calls,
        Watch calldata watch
    )
        external
        returns (uint256 blockNumber, uint256 blockTime, Outcome[] memory outcomes, Reading[] memory readings)
    {
        outcomes = new Outcome[](calls.length);
        readings = new Reading[](calls.length + 1);
        readings[0] = readAll(watch);
        for (uint256 i = 0; i < calls.length; i++) {
            outcomes[i] = make(calls[i]);
            readings[i + 1] = readAll(watch);
        }
        return (block.number, block.timestamp, outcomes, readings);
    }

    function make(Call calldata call) private returns (Outcome memory outcome) {
        uint256 gasBefore = gasleft();
        (outcome.success, outcome.returned) = call.target.call{value: call.value}(call.data);
        outcome.gasUsed = gasBefore - gasleft();
    }

    function readAll(Watch calldata watch) private view returns (Reading memory reading) {
        reading.balances = new uint256[](watch.holders.length * (watch.tokens.length + 1));
        uint256 next = 0;
        for (uint256 i = 0; i < watch.holders.length; i++) {
            address holder = watch.holders[i];
            reading.balances[next++] = holder.balance;
            for (uint256 j = 0; j < watch.tokens.length; j++) {
                reading.balances[next++] = balanceOf(watch.tokens[j], holder);
            }
        }
        reading.allowances = new uint256[](watch.tokens.length * watch.spenders.length);
        reading.allowancesRead = new bool[](reading.allowances.length);
        next = 0;
        for (uint256 i = 0; i < watch.tokens.length; i++) {
            for (uint256 j = 0; j < watch.spenders.length; j++) {
                (reading.allowances[next], reading.allowancesRead[next]) = ask(
                    watch.tokens[i],
                    abi.encodeWithSignature("allowance(address,address)", watch.holders[0], watch.spenders[j])
                );
                next++;
            }
        }
        reading.codeSizes = new uint256[](watch.targets.length);
        for (uint256 i = 0; i < watch.targets.length; i++) {
            reading.codeSizes[i] = watch.targets[i].code.length;
        }
    }

    function balanceOf(address token, address holder) private view returns (uint256) {
        (uint256 amount, bool answered) = ask(token, abi.encodeWithSignature("balanceOf(address)", holder));
        return answered ? amount : type(uint256).max;
    }

    /// By hand, so that a token which answers with very much does not make anybody copy it.
    function ask(address token, bytes memory data) private view returns (uint256 amount, bool answered) {
        assembly {
            answered := staticcall(READ_GAS, token, add(data, 32), mload(data), 0, 32)
            answered := and(answered, gt(returndatasize(), 31))
            amount := mul(answered, mload(0))
        }
    }
}
